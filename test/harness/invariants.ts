/** What must be true of the local Azure after any operation on a device, however it went. */
import assert from 'node:assert/strict';
import type { Consent } from '../../domain/consent.ts';
import type { DeviceId } from '../../domain/device.ts';
import { auditLockName, deviceHash, diagnosticSettingName, keyVaultLockName } from '../../domain/names.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { State } from '../../local-azure/state.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import type { GenerateActivationKeyResult } from '../../workflows/generate-activation-key.ts';
import type { Run } from './temporal/index.ts';

const tagged = <T extends { tags: Record<string, string> }>(all: Record<string, T>, device: DeviceId): T[] =>
  Object.values(all).filter(({ tags }) => tags['ase-device-hash'] === deviceHash(device));

/** Never more than one of each, whatever happened; nothing that belongs to others is ours. */
export const assertNoDoubles = ({ state }: LocalAzure, device: DeviceId): void => {
  const vaults = tagged(state.vaults, device);
  assert.ok(vaults.length <= 1, `one vault, not ${vaults.map(({ name }) => name).join(', ')}`);
  assert.ok(tagged(state.storageAccounts, device).length <= 1, 'one audit storage account');
  for (const { secrets } of vaults) {
    // A device writes its own secrets as often as it is asked to.
    const ours = Object.entries(secrets).filter(([name]) => name.startsWith('ase-'));
    for (const [name, { versions }] of ours) {
      const enabled = versions.filter(({ attributes }) => attributes.enabled);
      assert.ok(enabled.length <= 1, `one enabled version of ${name}, not ${enabled.length}`);
    }
  }
};

/** What ends for ever: a deleted vault by its own call, what lies deleted in a vault by DELETE. Carried out or not. */
export const isPurge = (method: string, path: string): boolean =>
  /\/purge\/?$/i.test(path) || (method === 'DELETE' && /^\/deleted(secrets|keys|certificates)\//i.test(path));

/** No code of the product contains that call, for vaults or for what lies in them. */
export const assertNothingPurged = ({ requests }: LocalAzure): void => {
  const purges = requests.filter(({ method, path, principal }) => isPurge(method, path) && principal !== 'owner');
  assert.deepEqual(purges, [], 'nothing was purged');
};

/** After a successful activation: all there, protected, linked, and the key of the result is the one in force. */
export const assertActivatable = (azure: LocalAzure, device: DeviceId, result: GenerateActivationKeyResult): void => {
  assertNoDoubles(azure, device);
  const { state } = azure;
  const [vault] = tagged(state.vaults, device);
  assert.ok(vault, 'the vault is there');
  assert.equal(vault.id, result.keyVault.id);
  assert.equal(vault.enableRbacAuthorization, false);
  assert.equal(vault.softDeleteRetentionInDays, 90);
  assertLocked(state.locks, vault.id);
  const edge = state.dataBoxEdge.devices[device.id.toLowerCase()];
  assert.ok(edge, 'the device is there');
  assert.deepEqual(
    vault.accessPolicies.find(({ objectId }) => objectId === edge.principalId)?.permissions,
    { secrets: ['get', 'set'] },
    'the device has exactly get and set of secrets',
  );
  assert.equal(edge.link.clientSecretStoreId, vault.id);
  assert.equal(edge.link.channelIntegrityKeyName, result.channelIntegrityKey.name);
  assert.equal(edge.link.channelIntegrityKeyVersion, result.channelIntegrityKey.version);
  const keys = vault.secrets['ase-activation-key']?.versions ?? [];
  assert.deepEqual(
    keys.filter(({ attributes }) => attributes.enabled).map(({ version }) => version),
    [result.activationKey.version],
    'the key of the result is the only enabled one',
  );
  if (result.audit === 'complete') assertAuditTrail(azure, device, vault.id);
};

const assertAuditTrail = ({ state }: LocalAzure, device: DeviceId, vaultId: string): void => {
  const [account] = tagged(state.storageAccounts, device);
  assert.ok(account, 'the audit storage account is there');
  assertLocked(state.locks, account.id);
  const settings = Object.values(state.diagnosticSettings).filter(({ resource }) => resource === vaultId.toLowerCase());
  assert.deepEqual(
    settings.map(({ storageAccountId }) => storageAccountId?.toLowerCase()),
    [account.id.toLowerCase()],
    'one diagnostic setting leads to it',
  );
};

const assertLocked = (locks: LocalAzure['state']['locks'], scope: string): void => {
  const ours = Object.values(locks).filter((lock) => lock.scope.toLowerCase() === scope.toLowerCase());
  assert.deepEqual(
    ours.map(({ level }) => level),
    ['CanNotDelete'],
    `${scope} is locked`,
  );
};

/** Every secret that the local Azure holds or has issued, in clear. */
export const secretValues = ({ state }: LocalAzure): string[] =>
  Object.values(state.vaults).flatMap(({ secrets }) =>
    Object.values(secrets).flatMap(({ versions }) => versions.map(({ value }) => value)),
  );

/** What is known of all that happened on a device, when nothing more happens. */
export type Observed = {
  azure: LocalAzure;
  device: DeviceId;
  /** The world before. */
  before: State;
  runs: readonly Run[];
  /** All that was said about the vault and counted, oldest first. */
  consents: readonly Consent[];
  /** The version of the channel integrity key that the device was first linked to. */
  firstLinked: string | undefined;
  /** Writes of the worker by action, and how many of each there may be. */
  writes: Readonly<Record<string, number>>;
  mostWrites: (action: string) => number;
  /** Whether the last run could not see, when it ended, how its vault stands. */
  sawNothing?: boolean;
};

/**
 * The invariants of the design, by their numbers there, whatever was done and whatever failed. Where one is about an end
 * (I4, I6: the key of the result is in force, the inventory is complete) the end of each scenario asserts it; I9 and I11
 * are asserted while a scenario is played; I10, I12 and I14 have tests of their own, since they are about other runs.
 */
export const assertInvariants = (observed: Observed): void => {
  for (const invariant of invariants) invariant(observed);
};

/** I1, I2, I3: one live vault, one audit account, one enabled version of each secret of ours. */
const oneOfEach = ({ azure, device }: Observed): void => assertNoDoubles(azure, device);

/** I3: ever the same value from first publication on. */
const sameKeyForEver = ({ azure, device, before, firstLinked }: Observed): void => {
  const id = device.id.toLowerCase();
  const linkIn = ({ dataBoxEdge }: State) => dataBoxEdge.devices[id]?.link;
  const was = linkIn(before)?.channelIntegrityKeyVersion ?? firstLinked;
  const link = linkIn(azure.state);
  if (was === undefined || !link || wasPurged(before, linkIn(before)?.clientSecretStoreId)) return;
  assert.equal(link.channelIntegrityKeyVersion, was, 'the channel integrity key of the device never changes');
};

/** A key that is lost with its vault is the one case for another key. */
const wasPurged = ({ vaults, deletedVaults }: State, vaultId: string | undefined): boolean => {
  const name = vaultId?.split('/').at(-1)?.toLowerCase();
  return name !== undefined && !vaults[name] && deletedVaults[name]?.purge !== undefined;
};

/** I5: no secret in any history, query answer, update, heartbeat or failure. */
const noSecretOutside = ({ azure, runs }: Observed): void => {
  const told = JSON.stringify(runs.map(({ record }) => record));
  for (const value of secretValues(azure)) {
    if (value.length > 8) assert.ok(!told.includes(value), 'no secret outside its vault');
  }
};

/** I7: vault deletion implies a consent, recorded before, that nobody has taken back. */
const noVaultWithoutConsent = ({ azure, before, consents }: Observed): void => {
  for (const [name, { vault }] of Object.entries(azure.state.deletedVaults)) {
    if (before.deletedVaults[name]) continue;
    const word = consents.at(-1);
    assert.equal(word?.decision, 'delete-vault', `${vault.name} was deleted with consent`);
    assert.equal(word?.keyVaultName.toLowerCase(), name);
  }
  for (const name of Object.keys({ ...before.vaults, ...before.deletedVaults })) {
    if (before.deletedVaults[name]?.purge) continue;
    assert.ok(azure.state.vaults[name] ?? azure.state.deletedVaults[name], `${name} still exists, deleted or not`);
  }
};

/** I8: foreign locks, policy entries, diagnostic settings, tags, secrets byte-identical before and after. */
const nothingForeignTouched = (observed: Observed): void => {
  const { azure, before } = observed;
  const foreign = foreignBefore.get(before) ?? foreignIn(observed, before);
  foreignBefore.set(before, foreign);
  assert.deepEqual(foreignIn(observed, azure.state), foreign, 'nothing foreign is touched');
};

/** Many runs begin in one world. */
const foreignBefore = new WeakMap<State, ReturnType<typeof foreignIn>>();

/**
 * I13: whatever ended the runs, a vault that holds something has its lock, or the last of them ended by saying that it was left
 * without, where the gauge finds it.
 */
const lockedInTheEnd = ({ azure, device, runs, sawNothing = false }: Observed): void => {
  if (sawNothing) return;
  const last = runs.filter(({ workflowType }) => !/^(inspect|preview)/.test(workflowType)).at(-1);
  if (last) assertLockedInTheEnd(azure, device, last);
};

/** @param run the last one that was at work on the device, and has ended */
export const assertLockedInTheEnd = (
  azure: LocalAzure,
  device: DeviceId,
  run: Pick<Run, 'outcome' | 'searchAttributes'>,
): void => {
  if (saysUnlocked(run)) return;
  for (const name of unlockedVaults(azure, device)) assert.fail(`${name} is locked when its run ends: ${endOf(run)}`);
};

/** Live vaults of the device that hold something and have no lock of ours. */
export const unlockedVaults = ({ state }: LocalAzure, device: DeviceId): string[] =>
  Object.values(state.vaults)
    .filter((vault) => isDevicesOwn(state, device, vault) && Object.keys(vault.secrets).length > 0)
    .filter(({ id }) => !state.locks[`${id}/providers/Microsoft.Authorization/locks/${keyVaultLockName}`.toLowerCase()])
    .map(({ name }) => name);

/** By link or by tags; not one of a former device of its name, nor one that carries the tags of another. */
const isDevicesOwn = (state: State, device: DeviceId, { id, tags }: Vault): boolean => {
  const edge = state.dataBoxEdge.devices[device.id.toLowerCase()];
  const hash = tags['ase-device-hash'];
  if (hash !== undefined && hash !== deviceHash(device)) return false;
  if (edge?.link.clientSecretStoreId?.toLowerCase() === id.toLowerCase()) return true;
  return hash !== undefined && (!edge?.principalId || tags['ase-device-principal'] === edge.principalId);
};

const saysUnlocked = ({ outcome, searchAttributes }: Pick<Run, 'outcome' | 'searchAttributes'>): boolean => {
  const isSaid = outcome?.status === 'failed' && (outcome.error as { type?: unknown }).type === 'KeyVaultLeftUnlocked';
  if (isSaid) assert.equal(searchAttributes['AseFailure'], 'KeyVaultLeftUnlocked', 'the gauge counts it');
  return isSaid;
};

const endOf = ({ outcome }: Pick<Run, 'outcome'>): string =>
  outcome?.status === 'failed' ? String(outcome.error) : (outcome?.status ?? 'it has not ended');

/** I15: at most one successful mutating call per resource beyond proven lost responses. */
const fewWrites = ({ writes, mostWrites }: Observed): void => {
  for (const [action, count] of Object.entries(writes)) {
    assert.ok(count <= mostWrites(action), `${count} times ${action}, at most ${mostWrites(action)}`);
  }
};

/** I16: the policy of the device's identity is exactly `secrets: get, set`. */
const deviceAccessIsNarrow = ({ azure, device, before }: Observed): void => {
  const principal = azure.state.dataBoxEdge.devices[device.id.toLowerCase()]?.principalId;
  for (const { name, accessPolicies } of tagged(azure.state.vaults, device)) {
    const entryIn = (policies: Vault['accessPolicies'] = []) =>
      policies.filter(({ objectId }) => objectId === principal);
    const entries = entryIn(accessPolicies);
    if (JSON.stringify(entries) === JSON.stringify(entryIn(before.vaults[name]?.accessPolicies))) continue;
    for (const { permissions } of entries) assert.deepEqual(permissions, { secrets: ['get', 'set'] });
  }
};

const invariants = [
  oneOfEach,
  sameKeyForEver,
  noSecretOutside,
  noVaultWithoutConsent,
  nothingForeignTouched,
  lockedInTheEnd,
  fewWrites,
  deviceAccessIsNarrow,
];

/** Everything in a world that is not the product's for this device, in the order of its text. */
const foreignIn = ({ azure: { principals }, before, device }: Observed, state: State) => {
  const ofDevice = before.dataBoxEdge.devices[device.id.toLowerCase()]?.principalId;
  const known = [principals.worker.objectId, principals.operator.objectId, ofDevice];
  const live = Object.values(state.vaults);
  const ours = [...live, ...Object.values(state.deletedVaults).map(({ vault }) => vault)].filter(isNoStrangers);
  return {
    vaults: sorted(live.filter((vault) => !isNoStrangers(vault))),
    entries: sorted(
      ours.flatMap(({ accessPolicies }) => accessPolicies.filter(({ objectId }) => !known.includes(objectId))),
    ),
    tags: sorted(ours.flatMap(({ tags }) => Object.entries(tags).filter(([name]) => !name.startsWith('ase-')))),
    // A device writes its own secrets as often as it is asked to.
    secrets: sorted(ours.flatMap(({ secrets }) => Object.values(secrets).filter(({ name }) => name === 'payroll'))),
    locks: sorted(Object.values(state.locks).filter(({ name }) => ![keyVaultLockName, auditLockName].includes(name))),
    settings: sorted(Object.values(state.diagnosticSettings).filter(({ name }) => name !== diagnosticSettingName)),
    accounts: sorted(Object.values(state.storageAccounts).filter(({ tags }) => !tags['ase-device-hash'])),
    devices: sorted(Object.values(state.dataBoxEdge.devices).filter(({ name }) => name !== device.name)),
  };
};

/** The strangers of the local Azure live in a group of their own. */
const isNoStrangers = ({ group }: Vault): boolean => group !== 'strangers';

const sorted = (things: readonly unknown[]): string[] => things.map((thing) => JSON.stringify(thing)).toSorted();
