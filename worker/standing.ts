/**
 * How many operations are blocked now, and what else stands: read from Temporal's own list, again and again. A count kept
 * in memory would begin at nothing after every restart, and no worker sees the operations of the others.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type WorkflowExecutionInfo } from '@temporalio/client';
import type { Logger, MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import { countBlocked, findBlocked } from '../client/blocked.ts';
import type { Temporal } from '../client/temporal.ts';
import { metrics } from '../domain/metrics.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';

type Lists = Pick<Temporal, 'client' | 'within'>;
type Telemetry = { metricMeter: MetricMeter; logger: Logger };

/** As often as Prometheus asks where it asks often. */
const betweenLooks = 15_000;
/** A list that takes longer is given up, in milliseconds: the next look is due by then. */
const longestCall = 10_000;
const day = 24 * 60 * 60_000;

/**
 * Looks until it is stopped. What cannot be read stays as it was, and the time of the last look stands still.
 * @param connection the worker's own: where the worker can work, this can look
 * @returns what stops it
 */
export const watchStanding = (
  connection: NativeConnection,
  namespace: string,
  { metricMeter, logger }: Telemetry,
): (() => void) => {
  const temporal: Lists = {
    client: new Client({ connection, namespace }),
    within: (call) => connection.withDeadline(Date.now() + longestCall, call),
  };
  const publish = createGauges(metricMeter);
  const stopping = new AbortController();
  let reading = true;
  const look = async (): Promise<void> => {
    try {
      publish(await readStanding(temporal, Date.now()));
      reading = true;
    } catch (error) {
      // Said once, not at every look: Temporal may be away for hours.
      if (reading && !stopping.signal.aborted) logger.warn('cannot read from Temporal what is blocked', { error });
      reading = false;
    }
  };
  void lookAgainAndAgain(look, stopping.signal);
  return () => stopping.abort();
};

const lookAgainAndAgain = async (look: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await look();
    await delay(betweenLooks, undefined, { signal }).catch(() => undefined);
  }
};

type Standing = {
  blocked: ReturnType<typeof countBlocked>;
  keysExpiring: number;
  vaultsLeftUnlocked: number;
  /** Milliseconds since 1970. */
  at: number;
};

/** One that was terminated keeps the attributes of its block: of a recovery, the step before its lock is on leaves a vault open. */
const leftUnlocked =
  "((AseFailure = 'KeyVaultLeftUnlocked' AND ExecutionStatus = 'Failed') OR (ExecutionStatus = 'Terminated' AND " +
  "(AseBlockedStep = 'relockKeyVault' OR (AseBlockedStep = 'lockKeyVault' AND WorkflowType = 'recoverKeyVault'))))";

const readStanding = async (temporal: Lists, now: number): Promise<Standing> => {
  const dayAgo = new Date(now - day).toISOString();
  const [blocked, keysExpiring, vaultsLeftUnlocked] = await Promise.all([
    findBlocked(temporal, {}),
    countExpiring(temporal, now),
    temporal.within(() => temporal.client.workflow.count(`${leftUnlocked} AND CloseTime > '${dayAgo}'`)),
  ]);
  return { blocked: countBlocked(blocked), keysExpiring, vaultsLeftUnlocked: vaultsLeftUnlocked.count, at: now };
};

/** A device whose key was regenerated has an older key in the list, which is no news any more. */
const countExpiring = (temporal: Lists, now: number): Promise<number> =>
  temporal.within(async () => {
    const newest = new Map<string, number>();
    const query = `AseKeyExpiry > '${new Date(now).toISOString()}'`;
    for await (const execution of temporal.client.workflow.list({ query, pageSize: 1000 })) {
      const { device, expiry } = readKey(execution);
      newest.set(device, Math.max(expiry, newest.get(device) ?? 0));
    }
    return [...newest.values()].filter((expiry) => expiry < now + day).length;
  });

const readKey = ({ workflowId, typedSearchAttributes }: WorkflowExecutionInfo): { device: string; expiry: number } => ({
  device: workflowId,
  expiry: typedSearchAttributes.get(searchAttributes.keyExpiry)?.getTime() ?? 0,
});

const createGauges = (meter: MetricMeter): ((standing: Standing) => void) => {
  const gauge = (metric: 'blocked' | 'keysExpiring' | 'vaultsLeftUnlocked' | 'lastLook') =>
    meter.createGauge(metrics[metric].name, 'int', undefined, metrics[metric].says);
  const blocked = gauge('blocked');
  const keysExpiring = gauge('keysExpiring');
  const vaultsLeftUnlocked = gauge('vaultsLeftUnlocked');
  const lastLook = gauge('lastLook');
  // A series that is not set again keeps its last value for ever.
  const shown = new Map<string, { step: string; failure: string }>();
  return (standing) => {
    const gone = new Map(shown);
    for (const { step, failure, count } of standing.blocked) {
      const key = `${step} ${failure}`;
      gone.delete(key);
      shown.set(key, { step, failure });
      blocked.set(count, { step, failure });
    }
    for (const labels of gone.values()) blocked.set(0, labels);
    keysExpiring.set(standing.keysExpiring);
    vaultsLeftUnlocked.set(standing.vaultsLeftUnlocked);
    lastLook.set(Math.floor(standing.at / 1000));
  };
};
