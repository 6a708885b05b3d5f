/**
 * Whose vault: all combinations of what may speak for an owner, for every procedure, against a model of a dozen lines. What is
 * provable is worked with; what speaks for another is not touched; what only a link leads to is asked about.
 */
import assert from 'node:assert/strict';
import type { Device } from '../../domain/device.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { keyVaultLockNotes } from '../../domain/locks.ts';
import { channelIntegrityKeyName, keyVaultLockName } from '../../domain/names.ts';
import { ownershipTags } from '../../domain/ownership.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import type { Run } from '../harness/temporal/index.ts';
import { verdictOn, type Combination } from '../domain/ownership-model.ts';
import { createWorld, runToEnd, status, type Beginning, type World } from '../harness/world.ts';
import { startDeviceDeletion, startVaultDeletion } from '../workflows/deletion.ts';
import { startInspection, startRepair } from '../workflows/looks.ts';
import { startRecovery } from '../workflows/recovery.ts';

export const procedures = {
  generate: (world: World) => world.generate({ keyVaultName: vaultName }),
  regenerate: (world: World) => world.regenerate({ supersede: true }),
  repair: (world: World) => startRepair(world),
  recover: (world: World) => startRecovery(world, { keyVaultName: vaultName }),
  'recover deleted': (world: World) => {
    world.azure.control.softDeleteVault({ vaultName });
    return startRecovery(world, { keyVaultName: vaultName });
  },
  'generate deleted': (world: World) => {
    world.azure.control.softDeleteVault({ vaultName });
    return world.generate({ keyVaultName: vaultName, softDeletedVault: 'recover' });
  },
  inspect: (world: World) => startInspection(world),
  'delete vault': (world: World) => startVaultDeletion(world, { keyVaultName: vaultName, consent }),
  'delete device': (world: World) =>
    startDeviceDeletion(world, { allowOnline: true, consent: { ...consent, decision: 'delete-vault' } }),
  /** What the first writes must not be the proof of the second. */
  'keep, then delete': async (world: World) => {
    const keep = { ...consent, decision: 'keep-vault' } as const;
    const first = await startDeviceDeletion(world, { allowOnline: true, consent: keep });
    await toRest(world, first);
    return first.outcome ? startVaultDeletion(world, { keyVaultName: vaultName, consent }) : first;
  },
} satisfies Record<string, (world: World) => Promise<Run>>;

export type ProcedureName = keyof typeof procedures;
export const procedureNames = Object.keys(procedures) as ProcedureName[];

const vaultName = 'the-vault';
const consent = { decision: 'delete-vault', keyVaultName: vaultName } as const;
const formerPrincipal = 'ffffffff-0000-4000-8000-00000000f0f0';

/** Everything of the vault that a procedure could have changed. */
const traitsOf = ({ azure, device }: World) => {
  const { vaults, deletedVaults, locks } = azure.state;
  const vault = vaults[vaultName] ?? deletedVaults[vaultName]?.vault;
  const id = keyVaultIdOf(device(), vaultName).toLowerCase();
  return {
    live: vaults[vaultName] !== undefined,
    tags: vault?.tags,
    policies: vault?.accessPolicies,
    secrets: Object.values(vault?.secrets ?? {}).map(({ name, versions }) => ({
      name,
      versions: versions.map(({ version, attributes }) => `${version} ${attributes.enabled}`),
    })),
    locks: Object.values(locks)
      .filter(({ scope }) => scope.toLowerCase() === id)
      .map(({ name, notes }) => `${name}: ${notes}`),
    settings: Object.values(azure.state.diagnosticSettings)
      .filter(({ resource }) => resource === id)
      .map(({ name }) => name),
  };
};

/** Made once: both devices are there, and edge-1 has been given the vault in question. */
let beginning: Promise<Beginning> | undefined;

const begin = async (): Promise<Beginning> => {
  const world = await createWorld();
  await runToEnd(world, await world.generate({ keyVaultName: vaultName }));
  world.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  return { state: world.azure.snapshot(), now: world.clock.now(), runs: 100, certificates: 1000 };
};

const asDevice = ({ azure, device }: World, name: string, principalId?: string): Device => {
  const edge = azure.state.dataBoxEdge.devices[device(name).id.toLowerCase()]!;
  const { location, tenantId } = { location: 'westeurope', tenantId: azure.state.tenantId };
  return { ...device(name), location, tenantId, principalId: principalId ?? edge.principalId! };
};

const arrange = (world: World, { link, tags, lock, entry, key }: Combination): void => {
  const { state } = world.azure;
  const of = {
    this: asDevice(world, 'edge-1'),
    other: asDevice(world, 'edge-2'),
    former: asDevice(world, 'edge-1', formerPrincipal),
  };
  const vault = state.vaults[vaultName]!;
  const keyOf = (owner: Device): string => channelIntegrityKeyName(owner, owner.principalId);
  vault.tags = tags === 'none' ? {} : ownershipTags(of[tags]);
  arrangePolicies(world, vault, entry === 'none' ? undefined : of[entry].principalId);
  arrangeLock(world, vault, lock === 'none' ? undefined : keyVaultLockNotes(of[lock]));
  const own = vault.secrets[keyOf(of.this)]!;
  delete vault.secrets[keyOf(of.this)];
  if (key !== 'none') {
    const name = keyOf(of[key]);
    vault.secrets[name] = {
      ...own,
      name,
      versions: own.versions.map((one) => ({ ...one, tags: ownershipTags(of[key]) })),
    };
  }
  const record = { ...state.dataBoxEdge.devices[of.this.id.toLowerCase()]!.link };
  if (key !== 'none') record.channelIntegrityKeyName = keyOf(of[key]);
  state.dataBoxEdge.devices[of.this.id.toLowerCase()]!.link = link === 'this' ? record : {};
  if (link === 'other') state.dataBoxEdge.devices[of.other.id.toLowerCase()]!.link = record;
};

const arrangePolicies = ({ azure }: World, vault: Vault, principal: string | undefined): void => {
  const { tenantId } = vault;
  const policies = [
    { tenantId, objectId: azure.principals.worker.objectId, permissions: { secrets: ['get', 'set', 'list'] } },
    ...(principal === undefined ? [] : [{ tenantId, objectId: principal, permissions: { secrets: ['get', 'set'] } }]),
  ];
  vault.accessPolicies = policies;
  vault.policyVersions = [{ from: 0, policies }];
};

const arrangeLock = ({ azure }: World, { id }: Vault, notes: string | undefined): void => {
  const own = Object.entries(azure.state.locks).find(
    ([, { scope, name }]) => scope === id && name === keyVaultLockName,
  );
  if (!own) throw new Error('the vault has no lock');
  if (notes === undefined) delete azure.state.locks[own[0]];
  else own[1].notes = notes;
};

/** Until it ends, blocks, or asks. */
const toRest = async (world: World, run: Run): Promise<string> => {
  const phase = (): unknown => run.searchAttributes['AsePhase'];
  await world.temporal.runUntil(() => run.outcome !== undefined || phase() === 'blocked' || phase() === 'consent');
  return run.outcome?.status ?? String(phase());
};

/** Plays one procedure on one combination. @throws AssertionError for whatever must not be */
export const playCombination = async (procedure: ProcedureName, combination: Combination): Promise<void> => {
  const world = await createWorld({ from: await (beginning ??= begin()) });
  arrange(world, combination);
  const before = traitsOf(world);
  const run = await procedures[procedure](world);
  const rest = await toRest(world, run);
  const after = traitsOf(world);
  // No lock outlives a deletion.
  const takesBack = procedure === 'recover deleted' || procedure === 'generate deleted';
  const verdict = verdictOn(takesBack ? { ...combination, lock: 'none' } : combination);
  const says = `${procedure} with ${JSON.stringify(combination)}: ${verdict}, ${rest}`;
  if (takesBack && after.live) assert.equal(after.locks.length, 1, says);
  if (verdict !== 'own' && takesBack) {
    // Entries and keys show when it is back: whatever they say then, nobody is let in, and nothing is marked.
    const { live: _, locks: __, settings: ___, ...left } = after;
    const { live: ____, locks: _____, settings: ______, ...were } = before;
    assert.deepEqual(left, were, says);
  } else if (verdict === 'former' && procedure === 'delete device') {
    // When the device is gone too, its former one's vault is all that is left of the name, and keeps its lock.
    assert.deepEqual({ ...after, locks: [] }, { ...before, locks: [] }, says);
  } else if (procedure === 'keep, then delete') {
    // What was kept has a lock without a claim. When the device is gone, its former one's vault is all that is left of the name.
    if (verdict !== 'own' && verdict !== 'former')
      assert.deepEqual({ ...after, locks: [] }, { ...before, locks: [] }, says);
  } else if (verdict !== 'own' || procedure === 'inspect') assert.deepEqual(after, before, says);
  else assertWorkedWith(procedure, combination, { before, after, rest, says });
  if (verdict === 'link' && procedure !== 'keep, then delete') await assertAsked(procedure, run, rest, says);
};

type Played = { before: ReturnType<typeof traitsOf>; after: ReturnType<typeof traitsOf>; rest: string; says: string };

/**
 * A key of another device in one's own vault is somebody's secret: a consent in advance does not cover it. Nor does it cover an
 * activation key that nothing shows to be made with the device's own key.
 */
const assertWorkedWith = (
  procedure: ProcedureName,
  { key, link, tags }: Combination,
  { before, after, rest, says }: Played,
): void => {
  const deletes = procedure === 'delete vault' || procedure === 'delete device';
  if (deletes) {
    const isCovered = key === 'this';
    assert.equal(rest, isCovered ? 'completed' : 'consent', says);
    assert.equal(after.live, !isCovered, says);
    // What is one's own waits for its consent with its lock, also where it was found without.
    const locks = before.locks.length > 0 ? before.locks : after.locks;
    if (!isCovered) assert.deepEqual(after, { ...before, locks }, says);
    return;
  }
  // Of a deleted vault tags and links are all that shows.
  const takesBack = procedure === 'recover deleted' || procedure === 'generate deleted';
  if (takesBack && tags !== 'this' && link !== 'this') return;
  if (procedure === 'generate') assert.equal(rest, 'completed', says);
  if (procedure === 'recover' && link === 'this') assert.equal(rest, 'completed', says);
  assert.ok(after.live, says);
};

/** What a link leads to is looked at and asked about: by a question before a deletion, by a block before anything else. */
const assertAsked = async (procedure: ProcedureName, run: Run, rest: string, says: string): Promise<void> => {
  if (procedure === 'inspect' || procedure === 'repair') return assert.equal(rest, 'completed', says);
  if (procedure.startsWith('delete')) return assert.equal(rest, 'consent', says);
  const { blocked } = await status(run);
  // A regeneration needs the key that the record names first of all.
  if (procedure !== 'regenerate') assert.equal(blocked?.failure, 'VaultUnproven', says);
};
