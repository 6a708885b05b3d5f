import { proxyActivities, sleep } from '@temporalio/workflow';
import type { NaiveActivities } from './activities.ts';

const call = proxyActivities<NaiveActivities>({ startToCloseTimeout: '1 minute' });

/** The article's events as a team would first write them: one activity per call in series, and a timer loop for every wait. */
export async function activateNaively(deviceId: string): Promise<void> {
  const device = await call.readDevice(deviceId);
  await call.assertRegistered(device, 'Microsoft.KeyVault');
  await call.assertRegistered(device, 'Microsoft.DataBoxEdge');
  await call.assertRegistered(device, 'Microsoft.Storage');
  await call.assertRegistered(device, 'Microsoft.Insights');

  await call.createKeyVault(device);
  let keyVault = await call.readKeyVault(device);
  while (!keyVault) {
    await sleep('15 seconds');
    keyVault = await call.readKeyVault(device);
  }
  await call.lockKeyVault(device, keyVault);

  await call.createStorageAccount(device);
  let accountId = await call.readStorageAccount(device);
  while (accountId === undefined) {
    await sleep('15 seconds');
    accountId = await call.readStorageAccount(device);
  }
  await call.createDiagnosticSetting(device, keyVault, accountId);
  await call.lockStorageAccount(device, accountId);

  await call.grantAccess(device);
  const channelIntegrityKey = await call.placeChannelIntegrityKey(device, keyVault);
  await call.linkDevice(device, keyVault, channelIntegrityKey);
  await call.issueActivationKey(device, keyVault, channelIntegrityKey);
}
