import type { WorkflowExecutionInfo } from '@temporalio/client';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { AseError } from './errors.ts';
import { askProgress } from './status.ts';
import { isPolled } from './task-queue.ts';
import type { Temporal } from './temporal.ts';

export type BlockedFilter = {
  subscriptionId?: string;
  /** Within a subscription only: names of groups are not unique. */
  resourceGroup?: string;
  step?: string;
  failure?: string;
};

export type BlockedOperation = {
  device: string;
  /** Workflow type. */
  procedure: string;
  step: string;
  failure: string;
  /** ISO time, UTC, and text: a worker knows them, Temporal itself does not. */
  since?: string;
  message?: string;
  workflowId: string;
};

/** A list for people: who has more than this many has one cause and decides with a filter. */
const mostListed = 500;
/** Queries at once; each may cost a worker a replay. */
const queriesAtOnce = 8;

/** The blocked operations, the longest running first. Visibility lags some moments behind. */
export const listBlocked = async (temporal: Temporal, filter: BlockedFilter): Promise<BlockedOperation[]> => {
  const query = visibilityQuery(filter);
  const found = await temporal.within(async () => {
    const executions: WorkflowExecutionInfo[] = [];
    for await (const execution of temporal.client.workflow.list({ query })) {
      executions.push(execution);
      if (executions.length === mostListed) break;
    }
    return executions;
  });
  const polled = await isPolled(temporal);
  const operations: BlockedOperation[] = [];
  for (let next = 0; next < found.length; next += queriesAtOnce) {
    const chunk = found.slice(next, next + queriesAtOnce);
    operations.push(...(await Promise.all(chunk.map((execution) => describeBlocked(temporal, execution, polled)))));
  }
  return operations.reverse();
};

const describeBlocked = async (
  temporal: Temporal,
  { workflowId, runId, type, typedSearchAttributes: attributes }: WorkflowExecutionInfo,
  polled: boolean,
): Promise<BlockedOperation> => {
  const handle = temporal.client.workflow.getHandle(workflowId, runId);
  const blocked = polled ? (await askProgress(temporal, handle)).progress?.blocked : undefined;
  return {
    device: attributes.get(searchAttributes.device) ?? workflowId,
    procedure: type,
    step: blocked?.step ?? attributes.get(searchAttributes.blockedStep) ?? '',
    failure: blocked?.failure ?? attributes.get(searchAttributes.failure) ?? '',
    ...(blocked ? { since: blocked.since, message: blocked.message } : {}),
    workflowId,
  };
};

const visibilityQuery = ({ subscriptionId, resourceGroup, step, failure }: BlockedFilter): string => {
  const scope = [subscriptionId, resourceGroup].filter((part) => part !== undefined).join('/');
  return [
    'AseBlockedStep IS NOT NULL',
    "ExecutionStatus = 'Running'",
    ...(scope ? [`AseDevice STARTS_WITH ${literal(`${scope.toLowerCase()}/`)}`] : []),
    ...(step ? [`AseBlockedStep = ${literal(step)}`] : []),
    ...(failure ? [`AseFailure = ${literal(failure)}`] : []),
  ].join(' AND ');
};

/** Nothing that we look for holds a quote; whatever does is no name of ours. */
const literal = (text: string): string => {
  if (/^[\w().\-/]+$/.test(text)) return `'${text}'`;
  throw new AseError(
    'InvalidInput',
    `"${text}" cannot be the name of a group, step or failure`,
    'List without it first: ase blocked list',
  );
};
