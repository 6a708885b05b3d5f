import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { RefusalCode } from '../device/refusal.ts';
import { capitalised, keyOf } from './activation-keys.ts';
import { issueFields, makeVault, preparedDevice, putChannelIntegrityKey, type Prepared } from './edge.ts';

const DAY = 86_400_000;

const deviceProperties = async (tenant: Prepared): Promise<Record<string, unknown>> => {
  const { body } = await tenant.onDevice('GET', 'edge-1');
  return (body as { properties: Record<string, unknown> }).properties;
};

const extendedInformation = async (tenant: Prepared): Promise<Record<string, unknown>> => {
  const { body } = await tenant.onDevice('POST', 'edge-1', '/getExtendedInformation?$expand=deviceSecrets');
  return (body as { properties: Record<string, unknown> }).properties;
};

const secretNames = async (tenant: Prepared): Promise<string[]> => {
  const { body } = await tenant.call('GET', '/secrets', {
    apiVersion: '7.4',
    host: 'https://edge-vault.vault.localhost',
    audience: 'https://vault.localhost',
  });
  return (body as { value: { id: string }[] }).value.map(({ id }) => id.split('/').at(-1) ?? '').toSorted();
};

test('a device accepts its key and goes online', async () => {
  const tenant = await preparedDevice();
  const result = await tenant.activate('edge-1', tenant.key);
  assert.equal(result.activated, true);
  const { dataBoxEdgeDeviceStatus, nodeCount, friendlyName, serialNumber } = await deviceProperties(tenant);
  assert.deepEqual(
    { dataBoxEdgeDeviceStatus, nodeCount, friendlyName, serialNumber },
    { dataBoxEdgeDeviceStatus: 'Online', nodeCount: 1, friendlyName: 'edge-1', serialNumber: result.serialNumber },
  );
});

test('an activated device writes its secrets into the vault under its own identity', async () => {
  const tenant = await preparedDevice();
  await tenant.activate('edge-1', tenant.key);
  assert.deepEqual(await secretNames(tenant), [
    'BMCDefaultUserPassword',
    'HcsDataVolumeBitLockerExternalKey',
    'HcsInternalVolumeBitLockerExternalKey',
    'SystemVolumeBitLockerRecoveryKey',
    'ase-cik',
  ]);
  const writers = tenant.azure.requests
    .filter(({ action }) => action === 'secrets/set')
    .map(({ principal }) => principal);
  assert.deepEqual(writers, ['owner', 'edge-1', 'edge-1', 'edge-1', 'edge-1']);
  const { keyVaultSyncStatus, deviceSecrets } = await extendedInformation(tenant);
  assert.equal(keyVaultSyncStatus, 'KeyVaultSynced');
  const { keyVaultId } = (deviceSecrets as Record<string, { keyVaultId: string }>)['BMCDefaultUserPassword'] ?? {};
  assert.match(keyVaultId ?? '', /^secrets\/BMCDefaultUserPassword\/[0-9a-f]{32}$/);
});

test('a device that may read but not write goes online and reports that its secrets are not synchronised', async () => {
  const tenant = await preparedDevice(['get']);
  const result = await tenant.activate('edge-1', tenant.key);
  assert.equal(result.activated && result.keyVaultSyncStatus, 'KeyVaultSyncFailed');
});

test('a key in the capitalised spelling of the older SDK is accepted, too', async () => {
  const tenant = await preparedDevice();
  assert.equal((await tenant.activate('edge-1', keyOf(capitalised(tenant.fields)))).activated, true);
});

test('a key with a line break at its end, as in a file, is accepted', async () => {
  const tenant = await preparedDevice();
  assert.equal((await tenant.activate('edge-1', `${tenant.key}\n`)).activated, true);
});

test('the case of names in a key does not matter', async () => {
  const tenant = await preparedDevice();
  const key = keyOf({ ...tenant.fields, resourceGroup: 'G', resourceName: 'EDGE-1' });
  assert.equal((await tenant.activate('edge-1', key)).activated, true);
});

test('a device may be named by its ARM id', async () => {
  const tenant = await preparedDevice();
  assert.equal((await tenant.activate(tenant.deviceId('edge-1').toUpperCase(), tenant.key)).activated, true);
});

/** What is done to a good key, or to the world around it, before it is pasted. */
type Spoiling = { title: string; code: RefusalCode; spoil: (tenant: Prepared) => Promise<string> | string };

const spoilings: Spoiling[] = [
  { title: 'text that is not a key', code: 'KeyMalformed', spoil: () => 'hello' },
  { title: 'half a key', code: 'KeyMalformed', spoil: ({ key }) => key.slice(0, key.length / 2) },
  {
    title: 'a key with one character changed',
    code: 'KeyHashMismatch',
    spoil: ({ key }) => key.replace(/^(.{10})(.)/, (_, head: string, c: string) => `${head}${c === 'A' ? 'B' : 'A'}`),
  },
  {
    title: 'a key without its channel integrity key',
    code: 'KeyIncomplete',
    spoil: ({ fields }) => keyOf({ ...fields, serviceDataIntegrityKey: undefined }),
  },
  {
    title: 'a key of another device',
    code: 'KeyForAnotherDevice',
    spoil: ({ fields }) => keyOf({ ...fields, resourceName: 'edge-2' }),
  },
  {
    title: 'a key of another subscription',
    code: 'KeyForAnotherDevice',
    spoil: ({ fields }) => keyOf({ ...fields, subscriptionId: '00000000-0000-0000-0000-000000000001' }),
  },
  {
    title: 'a key of a former device with the same name',
    code: 'KeyForAnotherDevice',
    spoil: ({ fields }) => keyOf({ ...fields, resourceId: '1234567890123456789' }),
  },
  {
    title: 'a key with an invalid certificate',
    code: 'CertificateUnreadable',
    spoil: ({ fields }) => keyOf({ ...fields, managementCert: 'bm9uc2Vuc2U=' }),
  },
  {
    title: 'a key three days old',
    code: 'CertificateExpired',
    spoil: ({ key, wait }) => {
      wait(3 * DAY);
      return key;
    },
  },
  {
    title: 'a key whose certificate was never uploaded',
    code: 'CertificateUnknown',
    spoil: async ({ fields, onDevice }) => {
      const { body } = await onDevice('POST', 'edge-1', '/generateCertificate');
      return keyOf({ ...fields, managementCert: (body as { privateKey: string }).privateKey });
    },
  },
  {
    title: 'a key that was replaced by a newer one',
    code: 'CertificateSuperseded',
    spoil: async (tenant) => {
      await issueFields(tenant, 'edge-1', tenant.cik);
      return tenant.key;
    },
  },
  {
    title: 'a key while the vault is deleted',
    code: 'VaultUnreachable',
    spoil: ({ azure, key }) => {
      azure.control.softDeleteVault({ vaultName: 'edge-vault' });
      return key;
    },
  },
  {
    title: 'a key while the firewall of the vault is closed',
    code: 'VaultUnreachable',
    spoil: ({ azure, key }) => {
      azure.control.closeFirewall({ vaultName: 'edge-vault' });
      return key;
    },
  },
  {
    title: 'a key while the channel integrity key is deleted',
    code: 'ChannelIntegrityKeyMissing',
    spoil: async ({ call, key }) => {
      const options = {
        apiVersion: '7.4',
        host: 'https://edge-vault.vault.localhost',
        audience: 'https://vault.localhost',
      };
      await call('DELETE', '/secrets/ase-cik', options);
      return key;
    },
  },
  {
    title: 'a key with another channel integrity key than the linked one',
    code: 'ChannelIntegrityKeyMismatch',
    spoil: ({ fields }) => keyOf({ ...fields, serviceDataIntegrityKey: 'x'.repeat(128) }),
  },
  {
    title: 'a key whose channel integrity key does not open the encryption key',
    code: 'EncryptionKeyMismatch',
    spoil: ({ azure, key }) => {
      for (const device of Object.values(azure.state.dataBoxEdge.devices)) delete device.encryption;
      return key;
    },
  },
  {
    title: 'a key on a device whose identity was removed',
    code: 'DeviceHasNoIdentity',
    spoil: async ({ onDevice, key }) => {
      await onDevice('PATCH', 'edge-1', '', { identity: { type: 'None' } });
      return key;
    },
  },
  {
    title: 'a key on a device that is already online',
    code: 'DeviceAlreadyActivated',
    spoil: async ({ activate, key }) => {
      await activate('edge-1', key);
      return key;
    },
  },
];

for (const { title, code, spoil } of spoilings) {
  test(`a device refuses ${title}: ${code}`, async () => {
    const tenant = await preparedDevice();
    const result = await tenant.activate('edge-1', await spoil(tenant));
    assert.equal(result.activated ? 'activated' : result.code, code);
  });
}

test('a device refuses a key if its identity has no rights in the vault', async () => {
  const tenant = await preparedDevice([]);
  const result = await tenant.activate('edge-1', tenant.key);
  assert.equal(result.activated ? 'activated' : result.code, 'VaultAccessDenied');
});

test('a device refuses a key if no vault is linked to the device', async () => {
  const tenant = await preparedDevice();
  await tenant.orderDevice('edge-2');
  const result = await tenant.activate('edge-2', keyOf(await issueFields(tenant, 'edge-2', tenant.cik)));
  assert.equal(result.activated ? 'activated' : result.code, 'VaultNotLinked');
});

test('a refused key leaves the device unchanged', async () => {
  const tenant = await preparedDevice([]);
  await tenant.activate('edge-1', tenant.key);
  assert.equal((await deviceProperties(tenant))['dataBoxEdgeDeviceStatus'], 'ReadyToSetup');
});

test('a device with an unknown name is not found', async () => {
  const tenant = await preparedDevice();
  const result = await tenant.activate('edge-9', tenant.key);
  assert.equal(result.activated ? 'activated' : result.code, 'DeviceNotFound');
});

test('a name that two devices have is refused as ambiguous', async () => {
  const tenant = await preparedDevice();
  tenant.azure.control.putGroup({ name: 'h', location: 'westeurope' });
  await tenant.call('PUT', tenant.deviceId('edge-1').replace('/resourceGroups/g/', '/resourceGroups/h/'), {
    apiVersion: '2021-06-01',
    body: { location: 'westeurope' },
  });
  const result = await tenant.activate('edge-1', tenant.key);
  assert.equal(result.activated ? 'activated' : result.code, 'DeviceNameAmbiguous');
});

const untilSynchronised = async (tenant: Prepared): Promise<string> => {
  for (let looks = 0; looks < 100; looks += 1) {
    const status = String((await extendedInformation(tenant))['keyVaultSyncStatus']);
    if (status !== 'KeyVaultSyncPending' && status !== 'KeyVaultSyncing') return status;
  }
  return 'still at it';
};

test('a sync moves a device to the vault and the key that are linked now', async () => {
  const tenant = await preparedDevice();
  await tenant.activate('edge-1', tenant.key);
  const identity = Object.values(tenant.azure.state.dataBoxEdge.devices)[0]?.principalId ?? '';
  await makeVault(tenant, 'second-vault', identity, ['get', 'set']);
  const { link } = await putChannelIntegrityKey(tenant, 'second-vault');
  const before = (await extendedInformation(tenant))['encryptionKey'];
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', link);
  assert.equal((await extendedInformation(tenant))['encryptionKey'], before);
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { syncStatus: 'KeyVaultSyncPending' });
  assert.equal(await untilSynchronised(tenant), 'KeyVaultSynced');
  assert.notEqual((await extendedInformation(tenant))['encryptionKey'], before);
});

test('a device reports an unreachable vault after the sync', async () => {
  const tenant = await preparedDevice();
  await tenant.activate('edge-1', tenant.key);
  tenant.azure.control.closeFirewall({ vaultName: 'edge-vault' });
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { syncStatus: 'KeyVaultSyncPending' });
  assert.equal(await untilSynchronised(tenant), 'KeyVaultSyncFailed');
});

test('a device reports a vault that answers with an HTML page after the sync', async () => {
  const tenant = await preparedDevice();
  await tenant.activate('edge-1', tenant.key);
  tenant.azure.control.addFault({ method: 'PUT', host: 'edge-vault', action: 'htmlPage' });
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { syncStatus: 'KeyVaultSyncPending' });
  assert.equal(await untilSynchronised(tenant), 'KeyVaultSyncFailed');
});

test('a device reports a link that is not an address after the sync', async () => {
  const tenant = await preparedDevice();
  await tenant.activate('edge-1', tenant.key);
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', {
    clientSecretStoreUrl: 'no address',
    syncStatus: 'KeyVaultSyncPending',
  });
  assert.equal(await untilSynchronised(tenant), 'KeyVaultSyncFailed');
});

test('a device reports a vault that answers without a secret after the sync', async () => {
  const tenant = await preparedDevice();
  await tenant.activate('edge-1', tenant.key);
  tenant.azure.control.addFault({ method: 'PUT', host: 'edge-vault', action: { failOperation: { code: 'Gone' } } });
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { syncStatus: 'KeyVaultSyncPending' });
  assert.equal(await untilSynchronised(tenant), 'KeyVaultSyncFailed');
});

test('a device of a former world does not write into the restored world', async () => {
  const tenant = await preparedDevice();
  const before = tenant.azure.snapshot();
  await tenant.activate('edge-1', tenant.key);
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { syncStatus: 'KeyVaultSyncPending' });
  const former = tenant.azure.state.dataBoxEdge.devices[tenant.deviceId('edge-1').toLowerCase()];
  tenant.azure.restore(before);
  for (let looks = 0; looks < 100; looks += 1) await setImmediate();
  assert.equal(former?.syncStatus, 'KeyVaultSyncFailed');
  assert.deepEqual(Object.keys(tenant.azure.state.vaults['edge-vault']?.secrets ?? {}), ['ase-cik']);
});

test('a device that was at work when its world was saved continues in the restored world', async () => {
  const tenant = await preparedDevice();
  await tenant.activate('edge-1', tenant.key);
  await tenant.onDevice('POST', 'edge-1', '/updateExtendedInformation', { syncStatus: 'KeyVaultSyncPending' });
  const kept = tenant.azure.snapshot();
  assert.equal(Object.values(kept.dataBoxEdge.devices)[0]?.syncStatus, 'KeyVaultSyncing');
  tenant.azure.restore(kept);
  assert.equal(await untilSynchronised(tenant), 'KeyVaultSynced');
});
