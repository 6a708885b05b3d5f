/**
 * What the gauges show, by few requests however much Temporal's list holds: it counts a hundred thousand workflows at once and
 * takes minutes to list them. It groups its counts by nothing that we could use, and puts a list into no other order.
 */
import type { WorkflowClient, WorkflowExecutionInfo } from '@temporalio/client';
import type { BlockedCount } from '../client/blocked-count.ts';
import { blockedBy, literal, searches, type Cause } from '../client/searches.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';

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
