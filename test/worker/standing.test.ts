/** The gauges of a worker against a server with very many workflows: what they show, and what they cost. */
import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import type { Logger, MetricMeter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { watchStanding } from '../../worker/standing.ts';
import { openFakeVisibility, type Asked, type Entry, type FakeVisibility } from '../server/fake-visibility.ts';
import { until } from '../server/until.ts';

const hour = 3_600_000;

const keys = (count: number, expiry: number, prefix = 'edge'): Entry[] =>
  Array.from({ length: count }, (_, index) => ({
    WorkflowId: `ase:${prefix}-${index}`,
    ExecutionStatus: 'Completed',
    AseKeyExpiry: Date.now() + expiry,
  }));

const blocked = (count: number, AseBlockedStep: string, AseFailure: string): Entry[] =>
  Array.from({ length: count }, (_, index) => ({
    WorkflowId: `ase:${AseBlockedStep}-${AseFailure}-${index}`,
    ExecutionStatus: 'Running',
    AseBlockedStep,
    AseFailure,
  }));

type Watched = {
  server: FakeVisibility;
  /** By name and labels: `ase_blocked lockKeyVault PolicyDenied`. */
  shown: Map<string, number>;
  /** How often each was set. */
  times: Map<string, number>;
  warned: string[];
};

const watch = async (
  t: TestContext,
  entries: readonly Entry[],
  { disturbed, how = 'refuse' }: { disturbed?: (asked: Asked) => boolean; how?: 'refuse' | 'hang' } = {},
): Promise<Watched> => {
  const server = await openFakeVisibility(entries);
  t.after(server.close);
  if (disturbed) server.disturb(disturbed, how);
  const connection = await NativeConnection.connect({ address: server.address });
  t.after(() => connection.close());
  const shown = new Map<string, number>();
  const times = new Map<string, number>();
  const warned: string[] = [];
  const metricMeter = {
    createGauge: (name: string) => ({
      set: (value: number, labels: Record<string, string> = {}): void => {
        const series = [name, ...Object.values(labels)].join(' ');
        shown.set(series, value);
        times.set(series, (times.get(series) ?? 0) + 1);
      },
    }),
  } as unknown as MetricMeter;
  const logger = { warn: (_: string, { gauge }: { gauge: string }) => warned.push(gauge) } as unknown as Logger;
  t.after(watchStanding(connection, 'default', { metricMeter, logger }));
  return { server, shown, times, warned };
};

const gauges = ['ase_blocked', 'ase_keys_expiring', 'ase_vaults_left_unlocked'];
const ageOf = (gauge: string): string => `ase_last_look_timestamp_seconds ${gauge}`;

/** The time of the last look is set when the watch begins, and with every look. */
const isRead = ({ times }: Watched, gauge: string): boolean => (times.get(ageOf(gauge)) ?? 0) > 1;

const untilRead = (watched: Watched, ...names: string[]): Promise<unknown> =>
  until(`${names.join(' and ')} are read`, () => names.every((name) => isRead(watched, name)));

suite('with 100,000 keys', () => {
  test('a turn counts the keys that expire within a day by one request, and makes three requests in all', async (t) => {
    const watched = await watch(t, [...keys(33_000, 12 * hour, 'soon'), ...keys(67_000, 48 * hour)]);
    await untilRead(watched, ...gauges);
    assert.equal(watched.shown.get('ase_keys_expiring'), 33_000);
    assert.deepEqual(watched.server.asked.map(({ method }) => method).sort(), ['count', 'count', 'list']);
  });

  test('of which 1,000 expire within a day, a turn excludes the replaced ones by seven requests', async (t) => {
    const replaced = keys(300, 60 * hour, 'soon');
    const watched = await watch(t, [...keys(1_000, 12 * hour, 'soon'), ...replaced, ...keys(98_700, 48 * hour)]);
    await untilRead(watched, ...gauges);
    assert.equal(watched.shown.get('ase_keys_expiring'), 700);
    assert.equal(watched.server.asked.filter(({ query }) => query.includes('AseKeyExpiry')).length, 7);
  });
});

suite('with 20,000 blocked operations', () => {
  test('each cause is counted by two requests, and later by one', async (t) => {
    const watched = await watch(t, [
      ...blocked(15_000, 'ensureKeyVault', 'PolicyDenied'),
      ...blocked(4_999, 'ensureKeyVault', 'VaultNetworkClosed'),
      ...blocked(1, 'lockKeyVault', 'MissingPermission'),
    ]);
    await untilRead(watched, ...gauges);
    assert.deepEqual(
      [...watched.shown].filter(([name]) => name.startsWith('ase_blocked ')),
      [
        ['ase_blocked ensureKeyVault PolicyDenied', 15_000],
        ['ase_blocked ensureKeyVault VaultNetworkClosed', 4_999],
        ['ase_blocked lockKeyVault MissingPermission', 1],
      ],
    );
    const asked = watched.server.asked.filter(({ query }) => query.startsWith('AseBlockedStep IS NOT NULL'));
    assert.deepEqual(
      asked.map(({ method }) => method),
      ['list', 'count', 'list', 'count', 'list', 'count', 'list'],
    );
  });
});

suite('when one gauge', () => {
  const entries = [...blocked(2, 'lockKeyVault', 'MissingPermission'), ...keys(3, 12 * hour)];
  const of: Record<string, (asked: Asked) => boolean> = {
    ase_blocked: ({ query }) => query.startsWith('AseBlockedStep IS NOT NULL'),
    ase_keys_expiring: ({ query }) => query.startsWith('AseKeyExpiry'),
    ase_vaults_left_unlocked: ({ query }) => query.includes('KeyVaultLeftUnlocked'),
  };
  for (const gauge of gauges) {
    test(`${gauge} cannot be read, the others are read, and a warning names it`, async (t) => {
      const disturbed = of[gauge];
      assert.ok(disturbed);
      const watched = await watch(t, entries, { disturbed });
      await untilRead(watched, ...gauges.filter((name) => name !== gauge));
      await until('there is a warning', () => watched.warned.length > 0);
      assert.deepEqual(watched.warned, [gauge]);
      assert.ok(!isRead(watched, gauge));
    });

    test(`${gauge} is never answered, the others are read, and its age shows that`, async (t) => {
      const disturbed = of[gauge];
      assert.ok(disturbed);
      const watched = await watch(t, entries, { disturbed, how: 'hang' });
      await untilRead(watched, ...gauges.filter((name) => name !== gauge));
      assert.ok(watched.shown.has(ageOf(gauge)));
      assert.ok(!isRead(watched, gauge));
    });
  }
});
