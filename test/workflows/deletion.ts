/** Deletions in a world whose device has its vault, locked and audited, and whose worker may delete. */
import assert from 'node:assert/strict';
import type { Consent } from '../../domain/consent.ts';
import type { DeleteDeviceInput, DeleteKeyVaultInput } from '../../domain/deletion.ts';
import { workflowIdOf } from '../../domain/device.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import type { DeleteDeviceResult } from '../../workflows/delete-device.ts';
import type { DeleteKeyVaultResult } from '../../workflows/delete-key-vault.ts';
import { consentSignal, consentUpdate, type ConsentQuestion, type Status } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { createWorld, runToEnd, status, type World, type WorldOptions } from '../harness/world.ts';

export const hour = 3_600_000;
export const day = 24 * hour;

/** Every world starts from here: an activation takes longer than what comes after it. */
const activated = await (async () => {
  const world = await createWorld();
  await runToEnd(world, await world.generate());
  world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  return { state: world.azure.snapshot(), now: world.clock.now() };
})();

/** The request log begins after the activation. */
export const worldToDeleteIn = async (options?: WorldOptions): Promise<World> => {
  const world = await createWorld(options);
  world.clock.advanceTo(activated.now);
  world.azure.restore(activated.state);
  return world;
};

export const startDeviceDeletion = (
  world: World,
  input: Partial<DeleteDeviceInput> = {},
  name?: string,
): Promise<Run> => {
  const device = world.device(name);
  return world.temporal.start('deleteDevice', [{ deviceId: device.id, confirmDevice: device.name, ...input }], {
    workflowId: workflowIdOf(device),
  });
};

export const startVaultDeletion = (
  world: World,
  input: Partial<DeleteKeyVaultInput> = {},
  name?: string,
): Promise<Run> => {
  const device = world.device(name);
  return world.temporal.start('deleteKeyVault', [{ deviceId: device.id, ...input }], {
    workflowId: workflowIdOf(device),
  });
};

/** Runs until somebody is asked. */
export const questionOf = async ({ temporal }: World, run: Run): Promise<ConsentQuestion> => {
  await temporal.runUntil(() => run.outcome !== undefined || run.searchAttributes['AsePhase'] === 'consent');
  const { consent } = await status(run);
  assert.ok(consent, `nothing is asked: ${JSON.stringify(run.outcome ?? (await status(run)))}`);
  return consent;
};

/** An answer that counts, said by Ada. */
export const answer = async (world: World, run: Run, said: Partial<Consent> = {}): Promise<void> => {
  const { keyVaultName, inventory } = await questionOf(world, run);
  const { result } = await run.update(consentUpdate, {
    decision: 'delete-vault',
    keyVaultName,
    inventory,
    by: 'ada',
    ...said,
  });
  await result;
};

/** Why an update is refused. */
export const objectionTo = async (run: Run, said: object): Promise<string> => {
  const { accepted } = await run.update(consentUpdate, said as Consent);
  const refused = await accepted.then(
    () => undefined,
    (error: unknown) => error as Error & { type?: string; cause?: Error & { type?: string } },
  );
  assert.ok(refused, 'the update was accepted');
  const { type, message } = refused.cause ?? refused;
  return `${type}: ${message}`;
};

/** What the status says of the last signal. */
export const recordOf = async (
  run: Run,
  said: object,
): Promise<NonNullable<Status['consents']>[number] | undefined> => {
  await run.signal(consentSignal, said as Consent);
  return (await status(run)).consents?.at(-1);
};

const endOf = async ({ temporal }: World, run: Run): Promise<unknown> => {
  await temporal.runUntil(() => run.outcome !== undefined);
  const { outcome } = run;
  assert.equal(outcome?.status, 'completed', JSON.stringify(outcome));
  await temporal.runUntil();
  return (outcome as { value: unknown }).value;
};

/** The result of a run, on until nothing more happens. */
export const endOfDevice = async (world: World, run: Run): Promise<DeleteDeviceResult> =>
  (await endOf(world, run)) as DeleteDeviceResult;
export const endOfVault = async (world: World, run: Run): Promise<DeleteKeyVaultResult> =>
  (await endOf(world, run)) as DeleteKeyVaultResult;

/** Type and message with which a run failed. */
export const failedWith = async ({ temporal }: World, run: Run): Promise<string> => {
  await temporal.runUntil(() => run.outcome !== undefined);
  const { outcome } = run;
  assert.equal(outcome?.status, 'failed', JSON.stringify(outcome));
  const { type, message } = (outcome as { error: Error & { type?: string } }).error;
  return `${type}: ${message}`;
};

export const vaultName = (world: World, device?: string): string => defaultKeyVaultName(world.device(device));
export const vaultId = (world: World): string => keyVaultIdOf(world.device(), vaultName(world));
export const lockId = (scope: string, name: string): string =>
  `${scope}/providers/Microsoft.Authorization/locks/${name}`;

/** Names of the locks on the vault itself. */
export const locksOnVault = (world: World): string[] =>
  Object.values(world.azure.state.locks)
    .filter(({ scope }) => scope.toLowerCase() === vaultId(world).toLowerCase())
    .map(({ name }) => name);

export const isDeviceThere = (world: World, name?: string): boolean =>
  world.azure.state.dataBoxEdge.devices[world.device(name).id.toLowerCase()] !== undefined;

/** A vault that was not deleted: there, locked by us, and its audit log on. */
export const assertProtected = (world: World): void => {
  assert.ok(world.azure.state.vaults[vaultName(world)], 'the vault is there');
  assert.ok(locksOnVault(world).includes('ase-key-vault-lock'), 'its lock is on');
  const settings = Object.values(world.azure.state.diagnosticSettings);
  const resource = vaultId(world).toLowerCase();
  assert.ok(
    settings.some((setting) => setting.resource === resource && setting.name === 'ase-audit'),
    'its log is on',
  );
};

/** Moreover, it says why it is there without a device. */
export const assertRetained = (world: World): void => {
  assertProtected(world);
  const { tags } = world.azure.state.vaults[vaultName(world)]!;
  assert.equal(tags['ase-state'], 'retained');
  assert.equal(tags['ase-device'], 'edge-1', 'the other tags are still there');
};

/** Soft-deleted: recoverable, with all that lay in it, and nothing of ours is left at its place. */
export const assertSoftDeleted = (world: World): void => {
  const { vaults, deletedVaults, locks, diagnosticSettings, storageAccounts } = world.azure.state;
  assert.equal(vaults[vaultName(world)], undefined, 'the vault is gone');
  const { vault, purge } = deletedVaults[vaultName(world)]!;
  assert.equal(purge, undefined);
  assert.ok(Object.keys(vault.secrets).length > 0, 'its content can be recovered');
  const below = vaultId(world).toLowerCase();
  assert.deepEqual(
    Object.values(locks).filter(({ scope }) => scope.toLowerCase() === below),
    [],
  );
  assert.deepEqual(
    Object.values(diagnosticSettings).filter(({ resource }) => resource === below),
    [],
  );
  assert.equal(Object.keys(storageAccounts).length, 1, 'the audit log stays');
};

/** Somebody, the device perhaps, puts a new version of a secret into the vault. */
export const putSecret = (world: World, name: string): void => {
  const seconds = Math.floor(world.clock.now() / 1000);
  const { secrets } = world.azure.state.vaults[vaultName(world)]!;
  const versions = secrets[name.toLowerCase()]?.versions ?? [];
  const version = `${versions.length + 1}`.padStart(32, '0');
  const attributes = { enabled: true, created: seconds, updated: seconds };
  secrets[name.toLowerCase()] = { name, versions: [...versions, { version, value: 'theirs', attributes }] };
};
