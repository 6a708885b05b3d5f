/**
 * Whatever people, faults, others and time do in any order: one of each, nothing of others touched, no vault gone without
 * consent, no secret outside, and every procedure ends with a name. `RANDOM_LIVES=10000` lives that many instead of some
 * hundred; `RANDOM_LIVES_SEED=7` begins elsewhere.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyLife } from './happenings.ts';
import { keyVaultLockName } from '../../domain/names.ts';
import { liveThrough, type Lived } from './life.ts';
import { assertGoesOn, assertSound } from './soundness.ts';

const lives = Number(process.env['RANDOM_LIVES'] ?? 120);
const seed = process.env['RANDOM_LIVES_SEED'];

test('random lives of a device and its key vault end well', async () => {
  const property = fc.asyncProperty(anyLife(40), async (life) => {
    const lived = await liveThrough(life);
    assertSound(lived);
    await assertGoesOn(lived);
  });
  await fc.assert(property, { numRuns: lives, ...(seed === undefined ? {} : { seed: Number(seed) }) });
});

/** As the lock client of the SDK sends it. */
const unlockAsWorker = async ({ world }: Lived): Promise<void> => {
  const { azure } = world;
  const [vault] = Object.values(azure.state.vaults).filter(({ tags }) => tags['ase-device'] === 'edge-1');
  const arm = 'https://management.localhost';
  const lock = `${vault?.id}/providers/Microsoft.Authorization/locks/${keyVaultLockName}`;
  const headers = { authorization: `Bearer ${azure.issueToken(azure.principals.worker, arm)}` };
  const url = `${arm}/%2F${lock.slice(1)}?api-version=2016-09-01`;
  const answer = await azure.fetch(new Request(url, { method: 'DELETE', headers }));
  assert.ok(answer.ok);
};

const spoils: [what: string, spoil: (lived: Lived) => void | Promise<void>][] = [
  ['a lock that is still off', unlockAsWorker],
  [
    'a second vault',
    ({ world: { azure } }) => {
      const [vault] = Object.values(azure.state.vaults).filter(({ tags }) => tags['ase-device'] === 'edge-1');
      azure.state.vaults['another'] = { ...vault!, name: 'another' };
    },
  ],
  [
    'a second valid key',
    ({ world: { azure } }) => {
      const { versions } = Object.values(azure.state.vaults).flatMap(
        ({ secrets }) => secrets['ase-activation-key'] ?? [],
      )[0]!;
      versions.push(versions[0]!);
    },
  ],
  ["a stranger's vault that is gone", ({ world: { azure } }) => void (azure.state.vaults = {})],
  ['another device that is gone', ({ world: { azure } }) => void (azure.state.dataBoxEdge.devices = {})],
];

for (const [what, spoil] of spoils) {
  test(`the end of a life is unsound with ${what}`, async () => {
    const lived = await liveThrough({ beginning: 'key issued', happenings: [] });
    assertSound(lived);
    await spoil(lived);
    assert.throws(() => assertSound(lived), assert.AssertionError);
  });
}
