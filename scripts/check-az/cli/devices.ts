import assert from 'node:assert/strict';
import type { LocalAzureReady } from '../../stack/local-azure.ts';
import type { AzureCli, Output } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { namesOf } from './output.ts';
import { inGroup, location, world } from './world.ts';

export async function makeDevices(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  const device = `/subscriptions/${azure.subscriptionId}/resourceGroups/${world.group}/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/${world.device}`;
  const version = 'api-version=2023-12-01';
  await step('rest put of a device with an identity', async () => {
    const body = { location: 'westeurope', sku: { name: 'EdgeP_Base' }, identity: { type: 'SystemAssigned' } };
    const uri = `${device}?${version}`;
    const made = await az.show('rest', '-m', 'put', '-u', uri, '--body', JSON.stringify(body));
    assert.match(String((made['identity'] as Output)['principalId']), /^[0-9a-f-]{36}$/);
  });
  await step('databoxedge device create', async () => {
    const sku = ['--sku', 'EdgeP_Base'];
    const made = await az.show(
      'databoxedge',
      'device',
      'create',
      '-n',
      'check-second',
      ...inGroup,
      ...location,
      ...sku,
    );
    assert.equal(made['dataBoxEdgeDeviceStatus'], 'ReadyToSetup');
  });
  await step('databoxedge device show', async () => {
    const { kind } = await az.show('databoxedge', 'device', 'show', '-n', world.device, ...inGroup);
    assert.equal(kind, 'AzureStackEdge');
  });
  await step('databoxedge device list', async () => {
    const listed = await az.list('databoxedge', 'device', 'list', ...inGroup);
    assert.deepEqual(namesOf(listed), [world.device, 'check-second']);
  });
  await step('rest post generateCertificate', async () => {
    const made = await az.show('rest', '-m', 'post', '-u', `${device}/generateCertificate?${version}`);
    assert.ok(String(made['privateKey']).length > 1_000);
  });
  await step('databoxedge device get-extended-information', async () => {
    const command = ['databoxedge', 'device', 'get-extended-information', '--device-name', world.device, ...inGroup];
    assert.match(String((await az.show(...command))['resourceKey']), /./);
  });
  await step('databoxedge device delete', async () => {
    await az.show('databoxedge', 'device', 'delete', '-n', 'check-second', ...inGroup, '--yes');
    const said = await az.refusal('databoxedge', 'device', 'show', '-n', 'check-second', ...inGroup);
    assert.match(said, /ResourceNotFound/);
  });
}
