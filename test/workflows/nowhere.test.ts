/** A device whose resource group or subscription does not exist: every procedure names the part of the id that is wrong. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deviceIdOf, inspectionIdOf, workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { createWorld, failureOf, runToRest, type World } from '../harness/world.ts';

const noSubscription = '11111111-2222-4333-8444-555555555555';

const places: [what: string, place: (present: DeviceId) => DeviceId, message: RegExp][] = [
  [
    'the resource group',
    ({ subscriptionId, name }) => deviceIdOf(subscriptionId, 'egde-rg', name),
    /^DeviceNotFound: the resource group "egde-rg" does not exist in the subscription "[0-9a-f-]{36}"$/,
  ],
  [
    'the subscription',
    ({ resourceGroup, name }) => deviceIdOf(noSubscription, resourceGroup, name),
    new RegExp(`^DeviceNotFound: the subscription "${noSubscription}" does not exist$`),
  ],
];

const procedures: [name: string, input: (device: DeviceId) => object, id: (device: DeviceId) => string][] = [
  ['generateActivationKey', () => ({}), workflowIdOf],
  ['generateActivationKey', () => ({ keyVaultName: 'edge-1-vault' }), workflowIdOf],
  ['regenerateActivationKey', () => ({}), workflowIdOf],
  ['recoverKeyVault', () => ({}), workflowIdOf],
  ['recoverKeyVault', () => ({ keyVaultName: 'edge-1-vault' }), workflowIdOf],
  ['repairDevice', () => ({}), workflowIdOf],
  ['deleteDevice', ({ name }) => ({ confirmDevice: name }), workflowIdOf],
  ['deleteKeyVault', () => ({}), workflowIdOf],
  ['inspectDevice', () => ({}), inspectionIdOf],
];

const started = async (world: World, [name, input, id]: (typeof procedures)[number], device: DeviceId) => {
  const run = await world.temporal.start(name, [{ deviceId: device.id, ...input(device) }], { workflowId: id(device) });
  await runToRest(world, run);
  return run;
};

for (const [what, place, message] of places) {
  suite(`${what} of the device does not exist`, () => {
    for (const procedure of procedures) {
      const [name, input] = procedure;
      const with_ = 'keyVaultName' in input(place(deviceIdOf(noSubscription, 'any', 'edge-1'))) ? ' with a vault' : '';
      test(`${name}${with_} names it and writes nothing`, async () => {
        const world = await createWorld();
        const run = await started(world, procedure, place(world.device()));
        assert.match(failureOf(run), message);
        assert.deepEqual(world.writes(), []);
      });
    }
  });
}
