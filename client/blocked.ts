/** The operations that wait for a person: found by Temporal's own list, and told in full where a worker answers. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { AseError } from './errors.ts';
import { type BlockedCount, countBlocked, searches } from './searches.ts';
import { askProgress } from './status.ts';
import { type TaskFailure, readTaskFailure } from './task-failure.ts';
import { type Temporal, createPolledQueues } from './temporal.ts';

export type BlockedFilter = {
  subscriptionId?: string;
  /** Within a subscription only: names of groups are not unique. */
  resourceGroup?: string;
  step?: string;
  failure?: string;
  /** Workflow type. */
  procedure?: string;
};

/** A blocked operation, from Temporal's list. */
export type FoundBlocked = {
  /** `<subscription>/<group>/<device>`, lower case. */
  device: string;
  /** Workflow type. */
  procedure: string;
  step: string;
  failure: string;
  workflowId: string;
  runId: string;
  /** The queue that a worker must poll for it. */
  taskQueue: string;
};

export type BlockedOperation = Omit<FoundBlocked, 'runId'> & {
  /** ISO time, UTC, and text: a worker knows them, Temporal itself does not. */
  since?: string;
  message?: string;
  /** Why it stands still although a worker polls. */
  taskFailure?: TaskFailure;
};

export type BlockedSurvey = {
  /** All that are blocked so. */
  total: number;
  /** The most frequent first. */
  counts: BlockedCount[];
  /** The longest running first; no more than a person reads. */
  operations: BlockedOperation[];
  /** Whether a worker answered for each. Without one, since when and why they are blocked is not known. */
  worker: boolean;
  /** Devices whose deletion waits for consent, as `<subscription>/<group>/<device>`: they are not blocked. */
  awaitingConsent: string[];
  /** The task queues of operations for which no worker answered. */
  silentQueues: string[];
};

/** A list for people: who has more than this many has one cause and decides with a filter. */
const mostListed = 500;
/** More than a subscription can hold vaults for; a search must end. */
const mostFound = 10_000;
/** Queries at once; each may cost a worker a replay. */
const queriesAtOnce = 8;

/** The blocked operations, the longest running first. Visibility lags some moments behind. @throws AseError InvalidInput */
export const findBlocked = async (
  temporal: Pick<Temporal, 'client' | 'within'>,
  filter: BlockedFilter,
): Promise<FoundBlocked[]> => {
  return findAll(temporal, [searches.blocked, ...conditionsOf(filter)].join(' AND '));
};

const findAll = async (temporal: Pick<Temporal, 'client' | 'within'>, query: string): Promise<FoundBlocked[]> => {
  const found = await temporal.within(async () => {
    const executions: WorkflowExecutionInfo[] = [];
    for await (const execution of temporal.client.workflow.list({ query, pageSize: 1000 })) {
      executions.push(execution);
      if (executions.length === mostFound) break;
    }
    return executions;
  }, longestSearch);
  return found.map(readExecution).reverse();
};

/** Of the longest list, in milliseconds. */
const longestSearch = 60_000;

const readExecution = ({
  workflowId,
  runId,
  type,
  taskQueue,
  typedSearchAttributes,
}: WorkflowExecutionInfo): FoundBlocked => ({
  device: typedSearchAttributes.get(searchAttributes.device) ?? workflowId,
  procedure: type,
  step: typedSearchAttributes.get(searchAttributes.blockedStep) ?? '',
  failure: typedSearchAttributes.get(searchAttributes.failure) ?? '',
  workflowId,
  runId,
  taskQueue,
});

/** @throws AseError InvalidInput for a filter that cannot be meant */
export const surveyBlocked = async (temporal: Temporal, filter: BlockedFilter): Promise<BlockedSurvey> => {
  const found = await findBlocked(temporal, filter);
  const described = await describeAll(temporal, found.slice(0, mostListed));
  const awaitingConsent = await findAwaitingConsent(temporal, filter);
  return { total: found.length, counts: countBlocked(found), ...described, awaitingConsent };
};

/** A filter by a cause asks for blocks alone. */
const findAwaitingConsent = async (temporal: Temporal, filter: BlockedFilter): Promise<string[]> => {
  if ((filter.step ?? filter.failure) !== undefined) return [];
  const found = await findAll(temporal, [searches.consent, ...conditionsOf(filter)].join(' AND '));
  return found.map(({ device }) => device);
};

const describeAll = async (
  temporal: Temporal,
  found: readonly FoundBlocked[],
): Promise<Pick<BlockedSurvey, 'operations' | 'worker' | 'silentQueues'>> => {
  const isAnyPolling = createPolledQueues(temporal);
  const silent = new Set<string>();
  const operations: BlockedOperation[] = [];
  for (let next = 0; next < found.length; next += queriesAtOnce) {
    const chunk = found.slice(next, next + queriesAtOnce);
    const described = await Promise.all(
      chunk.map(async (each) => {
        const isPolled = !silent.has(each.taskQueue) && (await isAnyPolling(each.taskQueue));
        return describeBlocked(temporal, each, isPolled);
      }),
    );
    for (const { operation } of described) operations.push(operation);
    // Temporal remembers a worker that is gone for minutes: who has waited for it once does not wait again.
    for (const queue of new Set(chunk.map(({ taskQueue }) => taskQueue))) {
      const ofQueue = described.filter(({ operation }) => operation.taskQueue === queue);
      if (!ofQueue.some(({ answered }) => answered)) silent.add(queue);
    }
  }
  return { operations, worker: silent.size === 0, silentQueues: [...silent] };
};

const describeBlocked = async (
  temporal: Temporal,
  { runId, ...found }: FoundBlocked,
  worker: boolean,
): Promise<{ operation: BlockedOperation; answered: boolean }> => {
  if (!worker) return { operation: found, answered: false };
  const handle = temporal.client.workflow.getHandle(found.workflowId, runId);
  const { worker: answered, progress } = await askProgress(temporal, handle);
  const { step, failure, since, message } = progress?.blocked ?? {};
  const known = step && failure && since && message ? { step, failure, since, message } : {};
  if (answered) return { operation: { ...found, ...known }, answered };
  const taskFailure = await readTaskFailure(temporal, await temporal.within(() => handle.describe()));
  return { operation: { ...found, ...(taskFailure ? { taskFailure } : {}) }, answered: taskFailure !== undefined };
};

const conditionsOf = ({ subscriptionId, resourceGroup, step, failure, procedure }: BlockedFilter): string[] => {
  const scope = [subscriptionId, resourceGroup].filter((part) => part !== undefined).join('/');
  return [
    ...(scope ? [`AseDevice STARTS_WITH ${literal(`${scope.toLowerCase()}/`)}`] : []),
    ...(step ? [`AseBlockedStep = ${literal(step)}`] : []),
    ...(failure ? [`AseFailure = ${literal(failure)}`] : []),
    ...(procedure ? [`WorkflowType = ${literal(procedure)}`] : []),
  ];
};

/** Nothing that we look for holds a quote; whatever does is no name of ours. */
const literal = (text: string): string => {
  if (/^[\w().\-/]+$/.test(text)) return `'${text}'`;
  throw new AseError(
    'InvalidInput',
    `"${text}" cannot be the name of a group, step, failure or procedure`,
    'List without this filter first.',
    { actions: [{ action: 'surveyBlocked' }] },
  );
};
