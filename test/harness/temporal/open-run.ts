import type { Logger, Payload } from '@temporalio/common';
import type { VirtualClock } from '../clock.ts';
import type { Agenda } from './agenda.ts';
import type { ActivityFunction } from './attempt.ts';
import { createChildren, type Ending } from './children.ts';
import { createHistory } from './history.ts';
import type { Identity, Workflows } from './internals.ts';
import { createPending } from './pending.ts';
import { Run } from './run.ts';
import { openSession } from './session.ts';

/** What all runs share. */
export type World = {
  readonly clock: VirtualClock;
  readonly agenda: Agenda;
  readonly logger: Logger;
  readonly workflows: Workflows;
  /** The latest run of each workflow id. */
  readonly runs: Map<string, Run>;
  readonly activity: (name: string) => ActivityFunction;
  /** 1 for the first run of this world. */
  readonly nextNumber: () => number;
};

export type RunSpec = {
  workflowType: string;
  workflowId: string;
  input: Payload[];
  searchAttributes?: Record<string, Payload>;
  parent?: { workflowId: string; runId: string };
  continued?: Identity;
  onClosed?: (ending: Ending) => void;
};

/** Puts a run together; its first workflow task is still to come. */
export async function openRun(world: World, spec: RunSpec): Promise<Run> {
  const { clock, agenda, logger, workflows, runs } = world;
  const { workflowType, workflowId } = spec;
  const identity = identify(world, spec);
  const { runId } = identity;
  const history = createHistory(clock);
  const pending = createPending({
    clock,
    agenda,
    logger,
    owner: runId,
    info: { workflowType, workflowExecution: { workflowId, runId } },
    activity: world.activity,
    note: history.note,
    onNews: (job, events) => {
      run.receive(job, events);
    },
  });
  const children = createChildren(
    () => run,
    (id) => isOpen(runs.get(id)),
    async (start) => {
      const child = await openRun(world, start);
      await child.work();
      return child;
    },
    (action) => agenda.add(0, undefined, action),
  );

  async function onClosed(ending: Ending): Promise<void> {
    if (ending !== 'terminated' && ending.continueAsNewWorkflowExecution) {
      const next = ending.continueAsNewWorkflowExecution;
      const { searchAttributeFields: searchAttributes } = run;
      const input = next.arguments ?? [];
      const type = next.workflowType || workflowType;
      const again = { ...spec, workflowType: type, input, searchAttributes, continued: identity };
      await (await openRun(world, again)).work();
    } else {
      await children.parentClosed();
      spec.onClosed?.(ending);
    }
  }

  const session = await openSession({ workflows, identity, history, clock, logger });
  const run: Run = new Run({ identity, history, pending, session, children, onClosed });
  runs.set(workflowId, run);
  run.begin(spec.input, spec.searchAttributes ?? {});
  return run;
}

export const isOpen = (run: Run | undefined): boolean => run !== undefined && !run.outcome;

function identify(world: World, { workflowType, workflowId, parent, continued }: RunSpec): Identity {
  const seed = world.nextNumber();
  const runId = `00000000-0000-4000-8000-${seed.toString(16).padStart(12, '0')}`;
  return {
    workflowType,
    workflowId,
    runId,
    firstExecutionRunId: continued?.firstExecutionRunId ?? runId,
    ...(continued && { continuedFromExecutionRunId: continued.runId }),
    ...(parent && { parent }),
    seed,
    startTime: world.clock.now(),
  };
}
