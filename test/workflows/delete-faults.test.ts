/** A deletion writes what was agreed to, and nothing twice. Its other faults are played by `npm run prove:singles`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Meddler, World } from '../harness/world.ts';
import {
  answer,
  assertRetained,
  assertSoftDeleted,
  endOfDevice,
  isDeviceThere,
  startDeviceDeletion,
  worldToDeleteIn,
} from './deletion.ts';

const fates = {
  'delete-vault': { outcome: 'deleted', assertFate: assertSoftDeleted },
  'keep-vault': { outcome: 'kept', assertFate: assertRetained },
} as const;

type Fate = keyof typeof fates;

/** Runs a deletion to its end, and on until nothing more happens, with one event at a request counted from 0. */
const deleteWith = async (fate: Fate, site: number, happens: Meddler): Promise<World> => {
  let count = 0;
  const world = await worldToDeleteIn({
    meddle: (request, pass, self) => (count++ === site ? happens(request, pass, self) : pass(request)),
  });
  const run = await startDeviceDeletion(world);
  await answer(world, run, { decision: fate });
  const { device, keyVault } = await endOfDevice(world, run);
  assert.deepEqual([device, keyVault.outcome], ['deleted', fates[fate].outcome]);
  if (site >= 0) assert.ok(count > site, 'the request came');
  assert.ok(!isDeviceThere(world));
  fates[fate].assertFate(world);
  return world;
};

/** How many requests a whole deletion makes, and which of them change something. */
const goldenOf = async (fate: Fate) => {
  const { azure } = await deleteWith(fate, -1, (request, pass) => pass(request));
  return azure.requests.map(({ action, write }, site) => ({ site, action, write }));
};

const resets = (): Promise<never> => Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));

const goldenWrites: Record<Fate, string[]> = {
  'delete-vault': [
    'Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete',
    'Microsoft.Authorization/locks/delete',
    'Microsoft.Insights/diagnosticSettings/delete',
    'Microsoft.KeyVault/vaults/delete',
  ],
  // The lock was never off, so that it is only looked at.
  'keep-vault': ['Microsoft.DataBoxEdge/dataBoxEdgeDevices/delete', 'Microsoft.Resources/tags/write'],
};

for (const fate of ['delete-vault', 'keep-vault'] as const) {
  const golden = await goldenOf(fate);
  const writes = golden.filter(({ write }) => write);

  suite(`a deletion with ${fate}`, () => {
    test('makes these writes and no others', () => {
      assert.deepEqual(
        writes.map(({ action }) => action),
        goldenWrites[fate],
      );
    });

    for (const { site, action } of writes) {
      test(`whose request ${site}, ${action}, is executed and its answer lost, ends the same way, and nothing is done twice`, async () => {
        const world = await deleteWith(fate, site, async (request, pass) => {
          await pass(request);
          return resets();
        });
        const [first = '', ...others] = goldenWrites[fate];
        // Azure takes a second request to delete a device as the first: it does not show that it is at work.
        assert.deepEqual(
          world.writes().filter((action) => action !== first),
          others,
        );
      });
    }
  });
}
