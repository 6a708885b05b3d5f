/**
 * The only file that reaches into the SDK's insides; written for `@temporalio/*` 1.24.0 exactly.
 * It gives the rest of the driver the SDK's own workflow sandbox and the shapes of its internal protocol.
 */
import { TypedSearchAttributes, type Payload, type SearchAttributePair } from '@temporalio/common';
import {
  decodeTypedSearchAttributes,
  encodeUnifiedSearchAttributes,
} from '@temporalio/common/lib/converter/payload-search-attributes.js';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import proto, { type coresdk, type google, type temporal } from '@temporalio/proto';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';
import type { WorkflowInfo } from '@temporalio/workflow';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers.js';
import type { SinkCall } from '@temporalio/workflow/lib/sinks.js';
import Long from 'long';

/** What a workflow is told: one entry of an activation. */
export type Job = coresdk.workflow_activation.IWorkflowActivationJob;
/** What a workflow asks for. */
export type Command = coresdk.workflow_commands.IWorkflowCommand;
export type ScheduleActivity = coresdk.workflow_commands.IScheduleActivity;
export type StartChildWorkflow = coresdk.workflow_commands.IStartChildWorkflowExecution;
export type ActivityResolution = coresdk.activity_result.IActivityResolution;
export type ChildWorkflowResult = coresdk.child_workflow.IChildWorkflowResult;
export type Failure = temporal.api.failure.v1.IFailure;
export type UserMetadata = temporal.api.sdk.v1.IUserMetadata;
export type CancelReason = keyof typeof coresdk.activity_task.ActivityCancelReason;

export const { RetryState, TimeoutType } = proto.temporal.api.enums.v1;
export const { ActivityCancellationType } = proto.coresdk.workflow_commands;
export const { ParentClosePolicy, StartChildWorkflowExecutionFailedCause } = proto.coresdk.child_workflow;

/** Milliseconds; undefined for an absent or zero duration, which the server reads as absent. */
export const toMs = (duration: google.protobuf.IDuration | null | undefined): number | undefined =>
  (duration && tsToMs(duration)) || undefined;
/** Milliseconds, telling an absent duration from a zero one. */
export const toExactMs = (duration: google.protobuf.IDuration | null | undefined): number | undefined =>
  duration ? tsToMs(duration) : undefined;

export const encodeSearchAttributes = (pairs: SearchAttributePair[]): Record<string, Payload> =>
  encodeUnifiedSearchAttributes(undefined, new TypedSearchAttributes(pairs));
export const decodeSearchAttributes = (fields: Record<string, Payload>): SearchAttributePair[] =>
  decodeTypedSearchAttributes(fields).getAll();

/** Who a workflow is, from its first task on. */
export type Identity = {
  workflowType: string;
  workflowId: string;
  runId: string;
  firstExecutionRunId: string;
  continuedFromExecutionRunId?: string;
  parent?: { workflowId: string; runId: string };
  seed: number;
  startTime: number;
};

type Activation = { at: number; jobs: Job[]; replaying: boolean; flags: number[]; historyLength: number };
type Answer = { commands: Command[]; flags: number[]; sinkCalls: SinkCall[] };

/** One workflow in its sandbox. `activate` rejects when workflow code throws what is not a Temporal failure. */
export type Sandbox = {
  activate(activation: Activation): Promise<Answer>;
  dispose(): Promise<void>;
};
export type Workflows = { open(identity: Identity): Promise<Sandbox> };

/** Loads a workflow bundle once for any number of runs, whatever world they belong to. */
export async function loadWorkflows(bundleCode: string, activityNames: Iterable<string>): Promise<Workflows> {
  keepPromiseHooksOut();
  const creator = await ReusableVMWorkflowCreator.create(
    parseWorkflowCode(bundleCode),
    withoutIsolateTimeout,
    new Set(activityNames),
  );
  return {
    async open(identity) {
      const vm = await creator.createWorkflow({
        info: workflowInfo(identity),
        randomnessSeed: Long.fromInt(identity.seed).toBytes(),
        now: identity.startTime,
        showStackTraceSources: false,
      });
      return {
        async activate(activation) {
          const { failed, successful } = await vm.activate(toProto(identity.runId, activation));
          const sinkCalls = await vm.getAndResetSinkCalls();
          if (failed || !successful) {
            const { message, stackTrace } = failed?.failure ?? {};
            throw new Error(
              `workflow task of ${identity.workflowId} failed: ${message}\n${inSources(stackTrace ?? '')}`,
            );
          }
          return { commands: successful.commands ?? [], flags: successful.usedInternalFlags ?? [], sinkCalls };
        },
        dispose: () => vm.dispose(),
      };
    },
  };
}

/** They serve `__stack_trace` only, and slow every promise of the thread down to a third. */
function keepPromiseHooksOut(): void {
  globalHandlers.installed = true;
}

/** A stack trace with the bundle's positions turned into those of the sources. */
const inSources = (stackTrace: string): string =>
  stackTrace.replace(/([^\s(]+):(\d+):(\d+)/g, (position, file: string, line: string, column: string) => {
    const map = globalHandlers.bundleFilenameToSourceMapConsumer.get(file);
    const original = map?.originalPositionFor({ line: Number(line), column: Number(column) });
    return original?.source ? `${original.source}:${original.line}:${original.column}` : position;
  });

/** With a timeout, node starts a watchdog thread for each call into the sandbox: nine tenths of the cost. */
const withoutIsolateTimeout = undefined as unknown as number;

function workflowInfo(identity: Identity): WorkflowInfo {
  const { workflowType, workflowId, runId, firstExecutionRunId, continuedFromExecutionRunId, parent } = identity;
  return {
    workflowType,
    workflowId,
    runId,
    firstExecutionRunId,
    originalExecutionRunId: runId,
    ...(continuedFromExecutionRunId === undefined ? {} : { continuedFromExecutionRunId }),
    ...(parent === undefined ? {} : { parent: { ...parent, namespace: 'default' } }),
    namespace: 'default',
    taskQueue: 'virtual',
    attempt: 1,
    taskTimeoutMs: 10_000,
    startTime: new Date(identity.startTime),
    runStartTime: new Date(identity.startTime),
    historyLength: 3,
    historySize: 0,
    continueAsNewSuggested: false,
    targetWorkerDeploymentVersionChanged: false,
    searchAttributes: {},
    typedSearchAttributes: new TypedSearchAttributes(),
    unsafe: {
      isReplaying: false,
      isReplayingHistoryEvents: false,
      now: Date.now,
      random: createUnsafeRandomSource(Math.random),
    },
  };
}

const toProto = (runId: string, { at, jobs, replaying, flags, historyLength }: Activation) =>
  proto.coresdk.workflow_activation.WorkflowActivation.fromObject({
    runId,
    timestamp: msToTs(at),
    jobs,
    isReplaying: replaying,
    availableInternalFlags: flags,
    historyLength,
    historySizeBytes: Long.ZERO,
    continueAsNewSuggested: historyLength > 4096,
  });
