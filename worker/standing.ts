/**
 * How many operations are blocked now, and what else stands: read from Temporal's own list, again and again. A count kept
 * in memory would begin at nothing after every restart, and no worker sees the operations of the others.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type WorkflowClient, type WorkflowExecutionInfo } from '@temporalio/client';
import type { Logger, MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { BlockedCount } from '../client/searches.ts';
import { type Cause, blockedBy, literal, searches } from '../client/searches.ts';
import { metrics } from '../domain/metrics.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';

type Telemetry = { metricMeter: MetricMeter; logger: Logger };

/** As often as Prometheus asks where it asks often. */
const betweenLooks = 15_000;
/** All requests of a look that takes longer are given up, in milliseconds. */
const longestLook = 30_000;

/**
 * Reads each gauge until it is stopped, independently of the others. A gauge that cannot be read keeps its value, and
 * the time of its last read stops.
 * @param connection the worker's own: if the worker can work, the gauges can be read
 * @returns a function that stops the reads
 */
export const watchStanding = (
  connection: NativeConnection,
  namespace: string,
  { metricMeter, logger }: Telemetry,
): (() => void) => {
  const looks = createLooks(metricMeter, new Client({ connection, namespace }).workflow);
  const lastLook = createGauge(metricMeter, 'lastLook');
  const stopping = new AbortController();
  for (const [name, look] of Object.entries(looks)) {
    const { name: gauge } = metrics[name as keyof typeof looks];
    const seen = (): void => lastLook.set(Math.floor(Date.now() / 1000), { gauge });
    // A gauge that can never be read must age as well.
    seen();
    let reading = true;
    const lookOnce = async (): Promise<void> => {
      try {
        await connection.withDeadline(Date.now() + longestLook, look);
        seen();
        reading = true;
      } catch (error) {
        // Said once, not at every look: Temporal may be away for hours.
        if (reading && !stopping.signal.aborted) logger.warn('cannot read a gauge from Temporal', { gauge, error });
        reading = false;
      }
    };
    void lookAgainAndAgain(lookOnce, stopping.signal);
  }
  return () => stopping.abort();
};

const lookAgainAndAgain = async (look: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await look();
    await delay(betweenLooks, undefined, { signal }).catch(() => undefined);
  }
};

const createGauge = (meter: MetricMeter, metric: 'blocked' | 'keysExpiring' | 'vaultsLeftUnlocked' | 'lastLook') =>
  meter.createGauge(metrics[metric].name, 'int', undefined, metrics[metric].says);

const createLooks = (meter: MetricMeter, visibility: Visibility) => {
  const blocked = createGauge(meter, 'blocked');
  const keysExpiring = createGauge(meter, 'keysExpiring');
  const vaultsLeftUnlocked = createGauge(meter, 'vaultsLeftUnlocked');
  // A series that is not set again keeps its last value for ever, so that each is counted until it has come to 0.
  let shown: Cause[] = [];
  return {
    blocked: async (): Promise<void> => {
      const counts = await countBlocked(visibility, shown);
      for (const { step, failure, count } of counts) blocked.set(count, { step, failure });
      shown = counts.filter(({ count }) => count > 0);
    },
    keysExpiring: async (): Promise<void> => keysExpiring.set(await countExpiring(visibility, Date.now())),
    vaultsLeftUnlocked: async (): Promise<void> =>
      vaultsLeftUnlocked.set(await countLeftUnlocked(visibility, Date.now())),
  };
};

// What the gauges show, by few requests however much Temporal's list holds: it counts a hundred thousand workflows at once and
// takes minutes to list them. It groups its counts by nothing that we could use, and puts a list into no other order.

export type Visibility = Pick<WorkflowClient, 'count' | 'list'>;

const day = 24 * 60 * 60_000;
const iso = (time: number): string => new Date(time).toISOString();

const countOf = async (visibility: Visibility, query: string): Promise<number> => (await visibility.count(query)).count;

/**
 * Counts the blocked operations by cause: one request for each known cause, two for each new one, and one that finds no
 * other.
 * @param known the causes of the last read; they are counted also when no operation is blocked by them
 */
export const countBlocked = async (visibility: Visibility, known: readonly Cause[]): Promise<BlockedCount[]> => {
  const counts: BlockedCount[] = [];
  const count = async ({ step, failure }: Cause): Promise<void> => {
    const query = `${searches.blocked} AND ${blockedBy({ step, failure })}`;
    counts.push({ step, failure, count: await countOf(visibility, query) });
  };
  for (const cause of known) await count(cause);
  for (;;) {
    const other = await findOther(visibility, counts);
    if (!other) return counts;
    await count(other);
  }
};

const findOther = async (visibility: Visibility, known: readonly Cause[]): Promise<Cause | undefined> => {
  const others = known.map((cause) => ` AND NOT ${blockedBy(cause)}`).join('');
  const query = `${searches.blocked} AND AseFailure IS NOT NULL${others}`;
  for await (const { typedSearchAttributes: attributes } of visibility.list({ query, pageSize: 1 })) {
    const [step, failure] = [attributes.get(searchAttributes.blockedStep), attributes.get(searchAttributes.failure)];
    return step !== undefined && failure !== undefined ? { step, failure } : undefined;
  }
  return undefined;
};

/** More keys than these are no list to work off: whether a few of them have been replaced makes no difference. */
const mostListed = 1_000;
/** Ids in one query. */
const idsAtOnce = 200;

/**
 * Counts the devices whose newest key expires within a day. Up to a thousand, devices with a newer key are excluded,
 * with at most seven requests; more are counted with one request, including replaced keys.
 */
export const countExpiring = async (visibility: Visibility, now: number): Promise<number> => {
  const soon = `AseKeyExpiry > '${iso(now)}' AND AseKeyExpiry <= '${iso(now + day)}'`;
  const keys = await countOf(visibility, soon);
  if (keys === 0 || keys > mostListed) return keys;
  const devices = await idsOf(visibility, soon);
  const ids = [...devices];
  for (let next = 0; next < ids.length; next += idsAtOnce) {
    const some = ids.slice(next, next + idsAtOnce).map(literal);
    const later = `AseKeyExpiry > '${iso(now + day)}' AND WorkflowId IN (${some.join(', ')})`;
    for (const replaced of await idsOf(visibility, later)) devices.delete(replaced);
  }
  return devices.size;
};

/** Of a device all operations have one workflow id. */
const idsOf = async (visibility: Visibility, query: string): Promise<Set<string>> => {
  const executions: AsyncIterable<WorkflowExecutionInfo> = visibility.list({ query, pageSize: mostListed });
  return new Set(await Array.fromAsync(executions, ({ workflowId }) => workflowId));
};

/** One that was terminated keeps the attributes of its block: of a recovery, the step before its lock is on leaves a vault open. */
const leftUnlocked =
  "((AseFailure = 'KeyVaultLeftUnlocked' AND ExecutionStatus = 'Failed') OR (ExecutionStatus = 'Terminated' AND " +
  "(AseBlockedStep = 'relockKeyVault' OR (AseBlockedStep = 'lockKeyVault' AND WorkflowType = 'recoverKeyVault'))))";

/** The operations of the last day that left a vault without its lock. */
export const countLeftUnlocked = (visibility: Visibility, now: number): Promise<number> =>
  countOf(visibility, `${leftUnlocked} AND CloseTime > '${iso(now - day)}'`);
