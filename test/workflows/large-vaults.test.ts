/** What lies in a vault of thousands of secrets is told in two minutes and a few kilobytes; a person need not wait for it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Consent } from '../../domain/consent.ts';
import type { DeleteKeyVaultInput } from '../../domain/deletion.ts';
import { mostForeign } from '../../domain/inventory.ts';
import { consentUpdate } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { refusal, runToRest, status, type Meddler, type World } from '../harness/world.ts';
import {
  answer,
  assertProtected,
  assertSoftDeleted,
  hour,
  endOfDevice,
  endOfVault,
  objectionTo,
  putSecret,
  questionOf,
  recordOf,
  startDeviceDeletion,
  startVaultDeletion,
  vaultName,
  worldToDeleteIn,
} from './deletion.ts';

const second = 1000;

/** Every request to a vault takes that many milliseconds of virtual time. */
const slow =
  (latency: number): Meddler =>
  async (request, pass, { temporal }) => {
    if (/\/secrets\b/.test(new URL(request.url).pathname)) await temporal.sleep(latency);
    return pass(request);
  };

const isList = ({ url }: Request): boolean => /\/secrets\?/.test(url);

/** A vault in which somebody else keeps secrets too, the last of them written some seconds ago. */
const worldWith = async (count: number, meddle?: Meddler): Promise<World> => {
  const world = await worldToDeleteIn(meddle ? { meddle } : {});
  for (let n = 0; n < count; n += 1) putSecret(world, nameOf(n));
  world.clock.advanceTo(world.clock.now() + 10 * second);
  return world;
};

const nameOf = (n: number): string => `theirs-${`${n}`.padStart(5, '0')}`;

/** Requests that the vault answered, by what they are for. */
const callsOf = ({ azure }: World) => {
  const paths = azure.requests.flatMap(({ path, status: answered }) => (answered === 200 ? [path] : []));
  return {
    lists: paths.filter((path) => path.endsWith('/secrets')).length,
    versions: paths.filter((path) => /\/secrets\/[^/]+\/versions$/.test(path)).length,
  };
};

const isUnderWay = (run: Run) => (): boolean => run.pendingActivities.some(({ name }) => name === 'takeInventory');

const say = async (world: World, run: Run, decision: Consent['decision']): Promise<void> => {
  const { result } = await run.update(consentUpdate, { decision, keyVaultName: vaultName(world), by: 'ada' });
  await result;
};

suite('a vault of 5,000 secrets at 300 ms a call', () => {
  test('causes a question within two minutes, after one call for 25 secrets and one for each named secret', async () => {
    const world = await worldWith(5000, slow(300));
    const startedAt = world.clock.now();
    const run = await startDeviceDeletion(world);
    const { secrets, total } = await questionOf(world, run);
    assert.ok(world.clock.now() - startedAt <= 120 * second, `${world.clock.now() - startedAt} ms`);
    assert.deepEqual([secrets.length, total], [2 + mostForeign, 5002]);
    assert.deepEqual(callsOf(world), { lists: 201, versions: 102 });
  });

  test('is deleted with consent, and every check reads all of it again', async () => {
    const world = await worldWith(1000, slow(300));
    const run = await startVaultDeletion(world);
    await answer(world, run);
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'deleted');
    assertSoftDeleted(world);
    assert.equal(callsOf(world).lists, 3 * 41);
  });

  for (const decision of ['keep-vault', 'cancel'] as const) {
    test(`ends with ${decision} while it is still being listed`, async () => {
      const world = await worldWith(5000, slow(300));
      const run = await startDeviceDeletion(world);
      await world.temporal.runUntil(() => callsOf(world).lists > 50);
      await say(world, run, decision);
      const { device, keyVault } = await endOfDevice(world, run);
      assert.equal(device, decision === 'cancel' ? 'kept' : 'deleted');
      assert.ok(keyVault.outcome === 'kept');
      assert.deepEqual([keyVault.decided.by, keyVault.decided.decision], ['ada', decision]);
      assert.ok(callsOf(world).lists < 201, 'it was given up');
      assertProtected(world);
    });
  }

  test('is kept at once while an attempt to list it is under way', async () => {
    let refused = 0;
    const world = await worldWith(100, (request, pass) =>
      isList(request) ? (refused++, Promise.resolve(refusal(503, 'ServiceUnavailable'))) : pass(request),
    );
    const run = await startVaultDeletion(world);
    await world.temporal.runUntil(() => refused === 3);
    await say(world, run, 'keep-vault');
    assert.equal((await endOfVault(world, run)).keyVault.outcome, 'kept');
    assert.equal(refused, 3);
  });

  test('is not deleted by a consent before the question, and the reason is reported', async () => {
    const world = await worldWith(1000, slow(300));
    const run = await startVaultDeletion(world);
    await world.temporal.runUntil(isUnderWay(run));
    const early = { decision: 'delete-vault', keyVaultName: vaultName(world), inventory: 1, by: 'ada' };
    const why =
      /the operation has not asked yet: it is still listing the vault; "keep-vault" and "cancel" count already/;
    assert.match(await objectionTo(run, early), why);
    assert.match((await recordOf(run, early))?.ignoredBecause ?? '', why);
    assert.match(
      await objectionTo(run, { ...early, decision: 'keep-vault', keyVaultName: 'ase-edge2-000000000' }),
      /the question concerns the vault "ase-edge1-\w+", not "ase-edge2-000000000"/,
    );
    assert.equal((await questionOf(world, run)).total, 1002);
  });
});

suite('an interrupted list resumes at its position', () => {
  /** Requests for a page that the local Azure has answered, when one of them meets with something. */
  const listsWith = async (happens: Meddler): Promise<number> => {
    let lists = 0;
    const world = await worldWith(2500, (request, pass, self) =>
      isList(request) && ++lists === 60 ? happens(request, pass, self) : slow(300)(request, pass, self),
    );
    const { total } = await questionOf(world, await startVaultDeletion(world));
    assert.equal(total, 2502);
    return callsOf(world).lists;
  };

  test('when a request is refused', async () => {
    assert.equal(await listsWith(() => Promise.resolve(refusal(429, 'Throttled'))), 101);
  });

  test('when a connection is lost', async () => {
    const lost = (): Promise<never> => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    assert.equal(await listsWith(lost), 101);
  });

  test('when a request hangs until the attempt times out', async () => {
    assert.equal(await listsWith((_request, _pass, { temporal }) => temporal.interrupt('timeout')), 101);
  });

  test('when its worker dies, from the last heartbeat', async () => {
    const lists = await listsWith((_request, _pass, { temporal }) => temporal.interrupt('crash'));
    // A heartbeat is sent each 20 s, which is 66 calls of 300 ms; the first one told of nothing yet.
    assert.ok(lists > 101 && lists <= 101 + 66, `${lists} lists`);
  });
});

suite('a consent covers the whole vault', () => {
  const changes: [what: string, change: (world: World) => void][] = [
    ['is added', (world) => putSecret(world, 'zz-last')],
    ['is added at the front', (world) => putSecret(world, 'aa-first')],
    ['is written again', (world) => putSecret(world, nameOf(900))],
    [
      'goes',
      (world) => {
        delete world.azure.state.vaults[vaultName(world)]!.secrets[nameOf(900)];
      },
    ],
    [
      'takes the place of another',
      (world) => {
        const { secrets } = world.azure.state.vaults[vaultName(world)]!;
        delete secrets[nameOf(900)];
        putSecret(world, 'theirs-00900x');
      },
    ],
  ];
  for (const [what, change] of changes) {
    test(`a secret that no inventory names ${what}: the question is asked again`, async () => {
      const world = await worldWith(1000);
      const run = await startVaultDeletion(world);
      await questionOf(world, run);
      world.clock.advanceTo(world.clock.now() + second);
      change(world);
      await answer(world, run);
      assert.equal((await questionOf(world, run)).inventory, 2);
      await answer(world, run, { decision: 'keep-vault' });
      await endOfVault(world, run);
    });
  }

  test('even if a secret was written in the second of its listing, and again in the second of the question', async () => {
    const world = await worldWith(1000);
    putSecret(world, nameOf(900));
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    putSecret(world, nameOf(900));
    await answer(world, run);
    assert.equal((await questionOf(world, run)).inventory, 2);
  });

  test('even if all reads of it failed for an hour in between', async () => {
    let isAway = false;
    const world = await worldWith(150, (request, pass) =>
      isAway && /\/versions\?/.test(request.url) ? Promise.resolve(refusal(503, 'ServiceUnavailable')) : pass(request),
    );
    const run = await startVaultDeletion(world);
    await questionOf(world, run);
    await answer(world, run);
    // What is listed after the check is what is deleted.
    await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'checkKeyVaultDeletable'));
    isAway = true;
    await runToRest(world, run);
    const { clock, temporal } = world;
    const blockedAt = clock.now();
    await temporal.runUntil(() => clock.now() > blockedAt + hour);
    putSecret(world, nameOf(140));
    isAway = false;
    assert.equal((await questionOf(world, run)).inventory, 2);
  });

  test('a consent in advance does not cover one foreign secret among thousands', async () => {
    const world = await worldWith(1000);
    const consent = { decision: 'delete-vault', keyVaultName: vaultName(world) } as const;
    const run = await startVaultDeletion(world, { consent } satisfies Partial<DeleteKeyVaultInput>);
    await questionOf(world, run);
    const [record] = (await status(run)).consents ?? [];
    assert.match(
      record?.ignoredBecause ?? '',
      /^consent in advance does not cover foreign secrets: theirs-00000, .*, theirs-00009 and others$/,
    );
  });
});

/** What the history holds of an inventory, in bytes; and how many events there are until the question. */
const historyWith = async (count: number): Promise<{ bytes: number; events: number }> => {
  const world = await worldWith(count);
  const run = await startVaultDeletion(world);
  await questionOf(world, run);
  const told = run.record.flatMap(({ what, value }) =>
    what === 'job' && JSON.stringify(value).includes('"digest"') ? [value] : [],
  );
  assert.equal(told.length, 1);
  return { bytes: JSON.stringify(told).length, events: run.historyEvents };
};

suite('the history contains about a vault', () => {
  test('with 10 secrets a line for each', async () => {
    const { bytes, events } = await historyWith(10);
    assert.deepEqual({ bytes, events }, { bytes: 2128, events: 19 });
  });

  test('with 10,000 secrets as much as with 1,000', async () => {
    const [thousand, tenThousand] = [await historyWith(1000), await historyWith(10_000)];
    assert.ok(tenThousand.bytes <= 16_000, `${tenThousand.bytes} bytes`);
    console.log('NUM', thousand, tenThousand);
    assert.equal(tenThousand.bytes, thousand.bytes + 1, 'the number has one digit more');
    assert.equal(tenThousand.events, thousand.events);
  });
});
