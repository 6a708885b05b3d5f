/** What holds of the state of a local Azure at any time, whatever was asked of it. */
import assert from 'node:assert/strict';
import { fold, parseArmPath } from '../arm/path.ts';
import { mainSubscription } from '../new-state.ts';
import type { State } from '../state.ts';
import type { Vault } from '../vault/vault.ts';

export const assertStateInvariants = (state: State): void => {
  assertKeys(state);
  assertNamesHeldOnce(state);
  assertIdsParse(state);
  for (const vault of vaultsOf(state)) assertVault(vault);
  assertTags(state);
  assertGroupsExist(state);
  assertPurges(state);
  assertBudgets(state);
  assertPlainData(state);
};

const vaultsOf = ({ vaults, deletedVaults }: State): Vault[] => [
  ...Object.values(vaults),
  ...Object.values(deletedVaults).map(({ vault }) => vault),
];

const assertKeys = (state: State): void => {
  const keyed = <T>(map: Record<string, T>, keyOf: (value: T) => string): void => {
    for (const [key, value] of Object.entries(map)) assert.equal(key, fold(keyOf(value)));
  };
  const idOf = ({ id }: { id: string }): string => id;
  const nameOf = ({ name }: { name: string }): string => name;
  keyed(state.subscriptions, idOf);
  keyed(state.principals, ({ objectId }) => objectId);
  keyed(state.groups, idOf);
  keyed(state.locks, idOf);
  keyed(state.dataBoxEdge.devices, idOf);
  keyed(state.vaults, nameOf);
  keyed(state.deletedVaults, ({ vault }) => vault.name);
  keyed(state.storageAccounts, nameOf);
  keyed(
    state.diagnosticSettings,
    ({ resource, name }) => `${resource}/providers/Microsoft.Insights/diagnosticSettings/${name}`,
  );
  for (const vault of vaultsOf(state)) keyed(vault.secrets, nameOf);
};

/** The name of a vault is held by a live one or by a deleted one, and an object id by one principal. */
const assertNamesHeldOnce = ({ vaults, deletedVaults, principals }: State): void => {
  for (const name of Object.keys(vaults)) assert.ok(!Object.hasOwn(deletedVaults, name), `${name} is live and deleted`);
  const clientIds = Object.values(principals).map(({ clientId }) => clientId);
  assert.equal(new Set(clientIds).size, clientIds.length);
};

const assertIdsParse = (state: State): void => {
  const scopes = [
    ...Object.values(state.locks).map(({ scope }) => scope),
    ...Object.values(state.diagnosticSettings).map(({ resource }) => resource),
    ...state.roleAssignments.map(({ scope }) => scope),
  ];
  for (const scope of scopes) assert.ok(parseArmPath(scope), `${scope} is no path`);
  for (const { id, scope } of Object.values(state.locks)) assert.equal(parseArmPath(id)?.scope, scope);
  const resources = [
    ...vaultsOf(state),
    ...Object.values(state.storageAccounts),
    ...Object.values(state.dataBoxEdge.devices),
  ];
  for (const { id } of resources) assert.equal(parseArmPath(id)?.scopeKind, 'group');
};

const assertVault = ({ accessPolicies, policyVersions, secrets, softDeleteRetentionInDays }: Vault): void => {
  assert.ok(accessPolicies.length <= 1024);
  assert.deepEqual(policyVersions.at(-1)?.policies, accessPolicies);
  assert.deepEqual(
    policyVersions,
    policyVersions.toSorted((a, b) => a.from - b.from),
  );
  const days = softDeleteRetentionInDays ?? 90;
  assert.ok(Number.isInteger(days) && days >= 7 && days <= 90);
  for (const { versions, deletion } of Object.values(secrets)) {
    const ids = versions.map(({ version }) => version);
    assert.ok(ids.length > 0 && new Set(ids).size === ids.length);
    for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
    if (deletion) assert.ok(deletion.at <= deletion.visibleFrom && deletion.at < deletion.purgeAt);
  }
};

/** No two names of tags of one thing differ in case only. */
const assertTags = (state: State): void => {
  const things = [
    ...Object.values(state.subscriptions),
    ...Object.values(state.groups),
    ...vaultsOf(state),
    ...Object.values(state.storageAccounts),
    ...Object.values(state.dataBoxEdge.devices),
  ];
  for (const { tags = {} } of things) {
    const names = Object.keys(tags);
    assert.equal(new Set(names.map(fold)).size, names.length, `${names.join(', ')} are not all different`);
    assert.ok(names.length <= 50);
  }
};

/** What lives in a group of ours has one that stays: a group takes all that is in it along. */
const assertGroupsExist = (state: State): void => {
  const resources = [...Object.values(state.vaults), ...Object.values(state.storageAccounts)];
  for (const { subscriptionId, group, id } of resources) {
    if (fold(subscriptionId) !== mainSubscription(state)) continue;
    const found = state.groups[fold(`/subscriptions/${subscriptionId}/resourceGroups/${group}`)];
    assert.ok(found && found.goneAt === undefined, `${id} is in no group`);
  }
};

/** A vault has one purge at most, however many operations follow it. */
const assertPurges = ({ deletedVaults, vaultPurges }: State): void => {
  for (const { vault, deletedAt, purgeAt, purge } of Object.values(deletedVaults)) {
    assert.ok(deletedAt < purgeAt);
    assert.ok(!(purge && vault.enablePurgeProtection), `${vault.name} is protected and purged`);
    if (purge) assert.ok(Object.values(vaultPurges).includes(purge));
  }
};

const assertBudgets = ({ throttling }: State): void => {
  for (const { tokens } of Object.values(throttling.buckets)) assert.ok(tokens >= 0 && tokens <= 250);
  for (const { requests } of Object.values(throttling.windows)) assert.ok(requests > 0);
};

/** No number is lost in JSON, and a copy is equal. */
const assertPlainData = (state: State): void => {
  const strange = strangeIn(state);
  assert.equal(strange, undefined, `${strange} is no plain data`);
  assert.deepEqual(structuredClone(state), state);
};

/** The path of the first thing that JSON cannot say. */
const strangeIn = (value: unknown, path = 'state'): string | undefined => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : path;
  if (typeof value !== 'object') return path;
  for (const [key, inner] of Object.entries(value)) {
    const found = strangeIn(inner, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
};
