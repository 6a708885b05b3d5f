/** What must be true after a life, whatever happened in it. */
import assert from 'node:assert/strict';
import { auditLockName, deviceHash, keyVaultLockName } from '../../domain/names.ts';
import { demoWorld } from '../../local-azure/seed.ts';
import { assertActivatable, assertNothingPurged } from '../harness/invariants.ts';
import { resultOf } from '../harness/world.ts';
import { leavesOf } from '../server/find-secrets.ts';
import { namedEnd, type Lived } from './life.ts';
import { strangersId, theirSecret } from './others.ts';
import { pathOf } from './watch.ts';

/** Everything at once. */
export const assertSound = (lived: Lived): void => {
  assertNamedEnds(lived);
  assertOneOfEach(lived);
  assertOthersUntouched(lived);
  assertNothingPurged(lived.world.azure);
  assertLockedAgain(lived);
  assertNoSecretOutside(lived);
};

const assertNamedEnds = ({ runs }: Lived): void => {
  for (const run of runs) assert.ok(namedEnd(run), `${run.workflowType} has an end with a name: ${endOf(run)}`);
};

const endOf = ({ outcome }: Lived['runs'][number]): string =>
  outcome?.status === 'failed' ? String(outcome.error) : JSON.stringify(outcome ?? 'none');

/** Somebody may have made a second one on purpose. */
const assertOneOfEach = ({ world, others }: Lived): void => {
  const { vaults, storageAccounts } = world.azure.state;
  const ofDevice = <T extends { tags: Record<string, string> }>(all: Record<string, T>): T[] =>
    Object.values(all).filter(({ tags }) => tags['ase-device-hash'] === deviceHash(world.device()));
  const own = ofDevice(vaults);
  if (!others.mayBeTwoVaults()) {
    assert.ok(own.length <= 1, `one vault, not ${own.map(({ name }) => name).join()}`);
    assert.ok(ofDevice(storageAccounts).length <= 1, 'one audit account');
  }
  const theirs = others.done.has('replace the channel integrity key') ? 'ase-cik-' : 'theirs';
  for (const { secrets } of own) {
    for (const [name, { versions }] of Object.entries(secrets)) {
      const enabled = versions.filter(({ attributes }) => attributes.enabled);
      const isOurs = name.startsWith('ase-') && !name.startsWith(theirs);
      assert.ok(!isOurs || enabled.length <= 1, `one enabled version of ${name}, not ${enabled.length}`);
    }
  }
};

const assertOthersUntouched = ({ world, others, before }: Lived): void => {
  const { state } = world.azure;
  assert.deepEqual(state.vaults[demoWorld.strangersVault], before.vaults[demoWorld.strangersVault]);
  for (const [id, device] of Object.entries(before.dataBoxEdge.devices)) {
    if (id !== world.device().id.toLowerCase()) assert.deepEqual(state.dataBoxEdge.devices[id], device);
  }
  // The helpful person has taken them off in the end.
  assert.equal(others.locks.size, 0);
  const vaults = [...Object.values(state.vaults), ...Object.values(state.deletedVaults).map(({ vault }) => vault)];
  const purged = others.done.has('purge the vault');
  if (others.hasWritten() && !purged) {
    const theirs = vaults.flatMap(({ secrets }) => secrets['theirs']?.versions ?? []);
    assert.ok(theirs.length > 0, 'the secret of others is still there');
    assert.ok(theirs.every(({ value, attributes }) => value === theirSecret && attributes.enabled));
  }
  if (others.hasGranted() && !purged) {
    assert.ok(
      vaults.some(({ accessPolicies }) => accessPolicies.some(({ objectId }) => objectId === strangersId)),
      'the access of others is still there',
    );
  }
};

/** Our lock comes off for a deletion only: where the vault stayed after all, it is on again. */
const assertLockedAgain = ({ world, runs }: Lived): void => {
  const { azure } = world;
  const live = Object.values(azure.state.vaults).filter(
    ({ tags }) => tags['ase-device-hash'] === deviceHash(world.device()),
  );
  if (runs.some((run) => namedEnd(run) === 'KeyVaultLeftUnlocked')) return;
  for (const { id } of live) {
    const onVault = azure.requests.filter(
      ({ path, write, principal }) =>
        write && principal === 'worker' && pathOf(path).toLowerCase().startsWith(id.toLowerCase()),
    );
    const last = onVault.findLast(({ path }) => /\/locks\/|\/vaults\/[^/]+$/.test(path));
    const tookOff =
      last?.method === 'DELETE' && !last.path.includes(auditLockName) && last.path.includes(keyVaultLockName);
    assert.ok(!tookOff, `the lock of ${id} is on again`);
  }
};

const assertNoSecretOutside = ({ world, runs }: Lived): void => {
  const { vaults, deletedVaults } = world.azure.state;
  const all = [...Object.values(vaults), ...Object.values(deletedVaults).map(({ vault }) => vault)];
  const values = all.flatMap(({ secrets }) =>
    Object.values(secrets).flatMap(({ versions }) => versions.map(({ value }) => value)),
  );
  const outside = leavesOf([runs.map(({ record }) => record), world.temporal.logs]);
  for (const value of new Set(values)) assert.ok(!outside.includes(value.slice(0, 32)), 'no secret leaves the vaults');
};

const isUnusual = ({ others }: Lived): boolean =>
  others.mayBeTwoVaults() || others.done.has('replace the channel integrity key');

/** Whoever asks for an activation once all is quiet, gets one or reads why not. */
export const assertGoesOn = async (lived: Lived): Promise<void> => {
  const { world, runs } = lived;
  await lived.startAndHelp('generateActivationKey');
  const run = runs.at(-1);
  assert.ok(run);
  if (run.outcome?.status === 'completed' && !isUnusual(lived)) {
    const result = resultOf(run);
    assertActivatable(world.azure, world.device(), result);
    const outcome = await world.pasteKey(result.keyVault.name);
    assert.ok(outcome.activated, `the key works: ${JSON.stringify(outcome)}`);
  }
  assertSound(lived);
};
