import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { budgetNamed } from '../../../azure/budgets/requests.ts';
import { play, type Bucket, type Crowd } from './crowd.ts';

const writes = budgetNamed('writes of a');
const published: Bucket = { size: 200, perSecond: 10, left: 200, says: 'level', saysWhen: true, neighbour: 0 };
const latency = (request: number): number => 40 + ((request * 7919) % 160);

/** The least time for so many requests, milliseconds. */
const floorOf = ({ left, perSecond, neighbour }: Bucket, requests: number): number =>
  (Math.max(0, requests - left) * 1000) / (perSecond - neighbour);

suite('a crowd of requests under a budget of Azure', () => {
  for (const processes of [1, 2, 4]) {
    for (const requests of [100, 1200, 3000]) {
      test(`of ${requests} in ${processes} processes is hardly refused, and takes hardly longer than the budget lasts`, () => {
        const { doneAfterMs, refusals } = play(writes, published, { processes, requests, latency });
        assert.ok(refusals <= 1, `${refusals} refusals`);
        const floor = floorOf(published, requests);
        assert.ok(doneAfterMs <= floor * 1.04 + 2000, `${doneAfterMs} ms; the floor is ${floor} ms`);
      });
    }
  }

  test('leaves half of it to a neighbour who takes that much', () => {
    const bucket = { ...published, neighbour: 5 };
    const { doneAfterMs, refusals, neighbourTook } = play(writes, bucket, { processes: 2, requests: 1200, latency });
    assert.ok(refusals <= 1, `${refusals} refusals`);
    assert.ok(doneAfterMs <= floorOf(bucket, 1200) * 1.05);
    assert.ok(neighbourTook >= (doneAfterMs / 1000) * 5 * 0.98, `the neighbour had ${neighbourTook}`);
  });

  test('that others have emptied is refused only as often as each process needs to notice', () => {
    const { doneAfterMs, refusals } = play(writes, { ...published, left: 0 }, { processes: 2, requests: 300, latency });
    assert.ok(refusals <= 2 * writes.size * 0.25, `${refusals} refusals`);
    assert.ok(doneAfterMs <= 300 * 100 * 1.25, `${doneAfterMs} ms`);
  });
});

suite('a crowd of requests under a budget that is not as Azure publishes it', () => {
  const buckets = fc.record<Bucket>({
    size: fc.integer({ min: 5, max: 400 }),
    perSecond: fc.double({ min: 0.5, max: 20, noNaN: true }),
    left: fc.integer({ min: 0, max: 400 }),
    says: fc.constantFrom('level', 'nothing', 'wrong'),
    saysWhen: fc.boolean(),
    neighbour: fc.constant(0),
  });
  const settings = fc.record({
    kind: fc.constantFrom('writes', 'reads', 'storage writes', 'storage lists'),
    bucket: buckets,
    neighbour: fc.double({ min: 0, max: 0.5, noNaN: true }),
    processes: fc.integer({ min: 1, max: 3 }),
    requests: fc.integer({ min: 1, max: 400 }),
    spread: fc.integer({ min: 20, max: 2000 }),
  });
  const seed = Math.floor(Math.random() * 2 ** 31);
  const numRuns = Number(process.env['CROWD_SCHEDULES'] ?? 300);

  test(`never collapses, in ${numRuns} schedules of seed ${seed}`, () => {
    let worst = 0;
    fc.assert(
      fc.property(settings, ({ kind, bucket, neighbour, processes, requests, spread }) => {
        const azure = { ...bucket, left: Math.min(bucket.left, bucket.size), neighbour: bucket.perSecond * neighbour };
        const crowd: Crowd = { processes, requests, latency: (request) => 20 + ((request * 7919) % spread) };
        const budget = budgetNamed(`${kind} of a`);
        const { doneAfterMs, refusals } = play(budget, azure, crowd, 24 * 3_600_000);
        // More than is published is not asked for, unless Azure's answers show it.
        const floor = Math.max(floorOf(azure, requests), (requests * 1000) / budget.perSecond) + 10_000;
        worst = Math.max(worst, doneAfterMs / floor);
        assert.ok(doneAfterMs <= floor * 20, `${doneAfterMs} ms; the floor is ${floor} ms`);
        assert.ok(refusals <= requests * 3 + processes * 60, `${refusals} refusals of ${requests} requests`);
      }),
      { seed, numRuns },
    );
    console.log(`slowest: ${worst.toFixed(1)} times what the budget allows`);
  });
});
