import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { armNames } from '../../bench/arms.ts';
import { countCalls } from '../../bench/calls.ts';
import { median, summarise } from '../../bench/figures.ts';
import { readOptions } from '../../bench/options.ts';
import { startOrder, type Activation, type Round } from '../../bench/round.ts';
import { judge } from '../../bench/targets.ts';
import type { RequestEntry } from '../../local-azure/request-log.ts';

const activation = (wall: number, toKey = wall, events?: number): Activation => ({
  wall,
  toKey,
  reads: 50,
  writes: 11,
  ...(events === undefined ? {} : { events }),
});

/** Ours takes `late` seconds more than the script, in either order of the audit trail. */
const round = (floor: number, late: number, events = 75): Round => ({
  floor: activation(floor),
  ours: activation(floor + late, floor + late, events),
  naive: activation(2 * floor, 2 * floor, 134),
  'floor-after': activation(floor, 5),
  'ours-after': activation(floor + late, 6, events),
});

suite('the numbers of the bench', () => {
  test('are compared within a round, and the median of the rounds is used', () => {
    const { medians } = summarise(20, [round(20, 5), round(30, 1), round(40, 1)]);
    assert.equal(medians.ours.pastFloor, 1);
    assert.equal(medians.ours.overFloor, 31 / 30);
    assert.equal(medians.ours.wall, 31);
    assert.equal(medians.naive.overFloor, 2);
  });

  test('compare our late audit trail with the late audit trail of the script', () => {
    const { medians } = summarise(20, [{ ...round(20, 1), 'floor-after': activation(10, 5) }]);
    assert.equal(medians['ours-after'].pastFloor, 11);
  });

  test('omit the history if there is none', () => {
    const { medians } = summarise(20, [round(20, 1)]);
    assert.equal(medians.floor.events, undefined);
    assert.equal(medians.ours.events, 75);
  });

  test('have a median between the two middle values', () => {
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
  });
});

suite('the targets of the bench', () => {
  const verdictsOf = (account: number, measured: Round) =>
    judge([summarise(account, [measured])]).map(({ says, met }) => [says.split(',')[0], met]);

  test('are judged only if the run has numbers', () => {
    assert.deepEqual(verdictsOf(20, round(20, 1)), [
      ['ours − bare script (s)', true],
      ['history events', true],
    ]);
    assert.deepEqual(verdictsOf(30, round(30, 1)), []);
  });

  test('are missed by a run that is too slow, too verbose or too late with the key', () => {
    const late = { ...round(180, 10, 81), 'ours-after': activation(182, 40, 81) };
    assert.deepEqual(verdictsOf(180, late), [
      ['ours ÷ bare script', false],
      ['history events', false],
      ['time to key ÷ time to complete', false],
    ]);
  });
});

suite('the calls of an arm', () => {
  const entry = (more: Partial<RequestEntry>): RequestEntry => ({
    at: 0,
    method: 'GET',
    host: 'management.localhost',
    path: '/',
    principal: 'ours',
    status: 200,
    write: false,
    ...more,
  });
  const count = (...requests: RequestEntry[]) => countCalls(requests, 'ours', 'ase-ours-1');

  test('are those of its principal, with reads and writes counted separately', () => {
    const calls = count(entry({}), entry({ write: true }), entry({ status: 404 }), entry({ principal: 'naive' }));
    assert.deepEqual(calls, { reads: 2, writes: 1 });
  });

  test('include calls to its own vault without a token', () => {
    const { principal: _, ...anonymous } = entry({ status: 401 });
    const calls = count(
      { ...anonymous, host: 'ase-ours-1.vault.localhost' },
      { ...anonymous, host: 'ase-ours-10.vault.localhost' },
    );
    assert.deepEqual(calls, { reads: 1, writes: 0 });
  });

  test('exclude token requests, and requests that never reached a host', () => {
    const { status: _, ...unanswered } = entry({});
    assert.deepEqual(count(entry({ host: 'login.localhost' }), unanswered), { reads: 0, writes: 0 });
  });
});

suite('a run of the bench', () => {
  test('starts the arms in another order in each round', () => {
    assert.deepEqual(startOrder(1), armNames);
    assert.deepEqual(startOrder(2), [...armNames.slice(1), armNames[0]]);
    assert.deepEqual(startOrder(armNames.length + 1), armNames);
  });

  test('has three rounds with an account of 20 s and three with one of 180 s by default', () => {
    const { rounds, accounts } = readOptions([]);
    assert.deepEqual({ rounds, accounts }, { rounds: 3, accounts: [20, 180] });
    assert.deepEqual(readOptions(['--rounds', '1', '--account', '20']).accounts, [20]);
  });

  test('is refused with invalid numbers', () => {
    assert.throws(() => readOptions(['--account', '20,x']), /--account must be a whole number above zero, not 'x'/);
    assert.throws(() => readOptions(['--rounds', '0']), /--rounds must be/);
  });
});
