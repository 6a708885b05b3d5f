/**
 * How many operations are blocked now, and what else stands: read from Temporal's own list, again and again. A count kept
 * in memory would begin at nothing after every restart, and no worker sees the operations of the others.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import type { Logger, MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Cause } from '../client/searches.ts';
import { metrics } from '../domain/metrics.ts';
import { countBlocked, countExpiring, countLeftUnlocked, type Visibility } from './standing-counts.ts';

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
