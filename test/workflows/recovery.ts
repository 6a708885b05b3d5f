/** Recoveries in a world whose device has lost its vault. */
import assert from 'node:assert/strict';
import { workflowIdOf } from '../../domain/device.ts';
import { auditLockName, keyVaultLockName } from '../../domain/names.ts';
import type { RecoverKeyVaultInput } from '../../domain/inputs.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import type { RecoverKeyVaultResult } from '../../workflows/recover-key-vault.ts';
import type { Run } from '../harness/temporal/index.ts';
import { runToRest, type World, type WorldOptions } from '../harness/world.ts';
import { activatedWorld, onlineWorld, valueOf } from './looks.ts';

export const day = 86_400_000;

/** Somebody with the rights for it deletes the vault of the device, as the portal would: its lock and its setting go with it. */
export const deleteVault = ({ azure }: World, { id, name }: Vault): void => {
  azure.control.removeLock({ scope: id, name: keyVaultLockName });
  azure.state.diagnosticSettings = {};
  azure.control.softDeleteVault({ vaultName: name });
};

/** A device in use whose vault was deleted; the first request of the recovery is the first of the log. */
export const lostVault = async (options?: WorldOptions) => {
  const { world, vault } = await onlineWorld(options);
  deleteVault(world, vault);
  world.azure.control.clearRequests();
  return { world, vault };
};

/** The same for a device that waits for its activation. */
export const lostBeforeActivation = async (options?: WorldOptions) => {
  const { world, vault } = await activatedWorld(options);
  deleteVault(world, vault);
  world.azure.control.clearRequests();
  return { world, vault };
};

/** Purged by somebody who may, and over. */
export const purge = async (world: World, { name, location }: Vault): Promise<void> => {
  const [subscription] = /^\/subscriptions\/[^/]+/.exec(world.device().id) ?? [];
  const deleted = `${subscription}/providers/Microsoft.KeyVault/locations/${location}/deletedVaults/${name}`;
  await world.asOwner('POST', `${deleted}/purge`, '2026-02-01');
  world.clock.advanceTo(world.clock.now() + 10_000);
  world.azure.control.clearRequests();
};

/** The device resource goes, and the vault stays. */
export const deleteDevice = async (world: World): Promise<void> => {
  await world.asOwner('DELETE', world.device().id, '2021-06-01');
  world.clock.advanceTo(world.clock.now() + 10_000);
};

export const startRecovery = (
  world: World,
  input: Partial<RecoverKeyVaultInput> = {},
  name = 'edge-1',
): Promise<Run> => {
  const device = world.device(name);
  return world.temporal.start('recoverKeyVault', [{ deviceId: device.id, ...input }], {
    workflowId: workflowIdOf(device),
  });
};

/** Until it ends or waits for a person. */
export const recoveryAtRest = async (
  world: World,
  input: Partial<RecoverKeyVaultInput> = {},
  name = 'edge-1',
): Promise<Run> => {
  const run = await startRecovery(world, input, name);
  await runToRest(world, run);
  return run;
};

/** The result of a run, on until nothing more happens. */
export const endOf = async (world: World, run: Run): Promise<RecoverKeyVaultResult> => {
  const result = await valueOf<RecoverKeyVaultResult>(world, run);
  await world.temporal.runUntil();
  return result;
};

export const recover = async (
  world: World,
  input: Partial<RecoverKeyVaultInput> = {},
  name = 'edge-1',
): Promise<RecoverKeyVaultResult> => endOf(world, await startRecovery(world, input, name));

export const edgeOf = ({ azure, device }: World) => {
  const edge = azure.state.dataBoxEdge.devices[device().id.toLowerCase()];
  assert.ok(edge, 'the device is there');
  return edge;
};

export const liveVault = ({ azure }: World, { name }: { name: string }): Vault => {
  const vault = azure.state.vaults[name.toLowerCase()];
  assert.ok(vault, `the vault ${name} is alive`);
  return vault;
};

/** Locked, logged into a locked account, and open to exactly what the device needs. */
export const assertInService = (world: World, { keyVault }: RecoverKeyVaultResult): void => {
  const { state } = world.azure;
  const vault = liveVault(world, keyVault);
  const locksOf = (scope: string) =>
    Object.values(state.locks)
      .filter((lock) => lock.scope.toLowerCase() === scope.toLowerCase())
      .map(({ name, level }) => `${name} ${level}`);
  assert.deepEqual(locksOf(vault.id), [`${keyVaultLockName} CanNotDelete`]);
  const [setting, ...more] = Object.values(state.diagnosticSettings);
  assert.ok(setting && more.length === 0, 'one diagnostic setting');
  assert.equal(setting.resource, vault.id.toLowerCase());
  assert.deepEqual(locksOf(setting.storageAccountId ?? ''), [`${auditLockName} CanNotDelete`]);
  const { principalId } = edgeOf(world);
  const entries = vault.accessPolicies.filter(({ objectId }) => objectId === principalId);
  assert.deepEqual(
    entries.map(({ permissions }) => permissions),
    [{ secrets: ['get', 'set'] }],
  );
  assert.ok(!vault.enableRbacAuthorization);
};
