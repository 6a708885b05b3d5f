import type { Payload } from '@temporalio/common';
import { canceledFailure, childFailed } from './failures.ts';
import {
  ParentClosePolicy,
  StartChildWorkflowExecutionFailedCause,
  type ChildWorkflowResult,
  type Command,
  type StartChildWorkflow,
} from './internals.ts';
import type { Run } from './run.ts';

/** How a run ended, for whoever waits for it. */
export type Ending = Command | 'terminated';

export type ChildStart = {
  workflowType: string;
  workflowId: string;
  input: Payload[];
  parent: { workflowId: string; runId: string };
  onClosed: (ending: Ending) => void;
};

/** The child workflows of one run. Cancelling a child from its parent is not modelled. */
export type Children = { start(command: StartChildWorkflow): void; parentClosed(): Promise<void> };

export function createChildren(
  parent: () => Run,
  isTaken: (workflowId: string) => boolean,
  open: (start: ChildStart) => Promise<Run>,
  soon: (action: () => Promise<void>) => void,
): Children {
  const living: { run: Run; policy: StartChildWorkflow['parentClosePolicy'] }[] = [];
  return {
    start(command) {
      const { parentClosePolicy } = command;
      const seq = command.seq ?? 0;
      const workflowId = command.workflowId ?? '';
      const workflowType = command.workflowType ?? '';
      soon(async () => {
        if (isTaken(workflowId)) {
          const cause =
            StartChildWorkflowExecutionFailedCause.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS;
          const failed = { workflowId, workflowType, cause };
          return parent().receive({ resolveChildWorkflowExecutionStart: { seq, failed } }, 1);
        }
        const { runId } = parent();
        const run = await open({
          workflowType,
          workflowId,
          input: command.input ?? [],
          parent: { workflowId: parent().workflowId, runId },
          onClosed(ending) {
            const result = childResult(ending, workflowId, workflowType);
            parent().receive({ resolveChildWorkflowExecution: { seq, result } }, 1);
          },
        });
        living.push({ run, policy: parentClosePolicy });
        return parent().receive({ resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: run.runId } } }, 1);
      });
    },
    async parentClosed() {
      for (const { run, policy } of living) {
        if (run.outcome || policy === ParentClosePolicy.PARENT_CLOSE_POLICY_ABANDON) continue;
        if (policy === ParentClosePolicy.PARENT_CLOSE_POLICY_REQUEST_CANCEL) await run.cancel();
        else await run.terminate('by parent close policy');
      }
    },
  };
}

function childResult(ending: Ending, workflowId: string, workflowType: string): ChildWorkflowResult {
  if (ending === 'terminated')
    return {
      failed: { failure: childFailed(workflowId, workflowType, { message: 'Terminated', terminatedFailureInfo: {} }) },
    };
  if (ending.completeWorkflowExecution)
    return { completed: { result: ending.completeWorkflowExecution.result ?? null } };
  if (ending.cancelWorkflowExecution)
    return { cancelled: { failure: childFailed(workflowId, workflowType, canceledFailure) } };
  return { failed: { failure: childFailed(workflowId, workflowType, ending.failWorkflowExecution?.failure ?? {}) } };
}
