import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { failureEntry, isFailureType, type FailureFacts, type FailureType } from '../domain/failures.ts';
import { exampleDecision } from './current-details.ts';
import type { Decisions } from './decisions.ts';
import { failureOf } from './failure.ts';
import type { Block, Decision, StepRecord } from './messages.ts';
import { decisionDeadline, probe } from './policies.ts';
import type { Progress } from './progress.ts';
import { steps, type StepInput, type StepName, type StepResult, type StepSettings } from './steps.ts';

/** @throws ApplicationFailure of a type of the failure table · StepSkipped, where the step is skippable */
export type Step = <N extends StepName>(
  name: N,
  input: StepInput<N>,
  options?: { skippable: boolean },
) => Promise<StepResult<N>>;

/** For what is worth a try and never worth a wait: undefined when it did not work. */
export type TryStep = <N extends StepName>(name: N, input: StepInput<N>) => Promise<StepResult<N> | undefined>;

export type Steps = { step: Step; tryStep: TryStep };

/** A person decided to go on without the step; whoever made it skippable catches this. */
export class StepSkipped extends Error {
  readonly decision: Decision;
  readonly failure: FailureType;

  constructor(decision: Decision, failure: FailureType) {
    super(`${decision.step} was skipped by ${decision.by}`);
    this.decision = decision;
    this.failure = failure;
  }
}

type StepFailure = { type: FailureType; message: string; retryWith?: Record<string, string> };
type Outcome<N extends StepName> = { result: StepResult<N> } | { failure: StepFailure };

/**
 * A procedure awaits one step after another. A step that cannot go on blocks: it says why and what to do, looks by itself
 * whether a cause that can go away has gone, and waits for a decision.
 */
export const createSteps = (progress: Progress, decisions: Decisions): Steps => {
  let blocks = 0;

  const step = async <N extends StepName>(
    name: N,
    firstInput: StepInput<N>,
    { skippable } = { skippable: false },
  ): Promise<StepResult<N>> => {
    const { policy, says, accepts = [], waits = false } = steps[name] as StepSettings<StepInput<N>>;
    const record = progress.begin(name, says(firstInput), waits);
    let input = firstInput;
    let outcome = await attempt(name, input, policy);
    while ('failure' in outcome) {
      const { failure } = outcome;
      if (isFatal(failure)) throw progress.fail(record, failureOf(failure.type, failure.message));
      blocks += 1;
      const block = describeBlock(blocks, name, failure, { skippable, accepts });
      progress.block(record, block);
      const end = await untilUnblocked(decisions, name, input, block);
      progress.unblock(record, waits);
      if ('decision' in end) {
        input = { ...input, ...carryOut(progress, record, failure, end.decision) };
        record.says = says(input);
        outcome = await attempt(name, input, policy);
      } else {
        outcome = end;
      }
    }
    progress.end(record, 'done');
    return outcome.result;
  };

  const tryStep = async <N extends StepName>(name: N, input: StepInput<N>): Promise<StepResult<N> | undefined> => {
    const { policy, says } = steps[name] as StepSettings<StepInput<N>>;
    const record = progress.begin(name, says(input), false);
    const outcome = await attempt(name, input, policy);
    progress.end(record, 'result' in outcome ? 'done' : 'failed');
    return 'result' in outcome ? outcome.result : undefined;
  };

  return { step, tryStep };
};

/** One activity with all its retries. Cancellation is never an outcome: it ends the procedure. */
const attempt = async <N extends StepName>(
  name: N,
  input: StepInput<N>,
  policy: ActivityOptions,
): Promise<Outcome<N>> => {
  const { says } = steps[name] as StepSettings<StepInput<N>>;
  const activities = proxyActivities<Activities>({ ...policy, activityId: name, summary: says(input) });
  const run = activities[name] as (input: StepInput<N>) => Promise<StepResult<N>>;
  try {
    return { result: await run(input) };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { failure: read(error) };
  }
};

const isFatal = ({ type }: StepFailure): boolean => failureEntry(type).class === 'fatal';

/** What a retry changes in the input; any other decision ends the step here, as does the deadline (no decision). */
const carryOut = (
  progress: Progress,
  record: StepRecord,
  failure: StepFailure,
  decision: Decision | undefined,
): Decision['input'] => {
  if (decision?.decision === 'retry') return decision.input;
  if (decision?.decision === 'skip') throw progress.skip(record, new StepSkipped(decision, failure.type));
  throw progress.fail(record, failureOf(failure.type, whyEnded(failure, decision)));
};

type Unblocked<N extends StepName> = Outcome<N> | { decision: Decision | undefined };

/** Ends with the cause gone (a result), another cause found (a failure), a decision, or the deadline (no decision). */
const untilUnblocked = async <N extends StepName>(
  decisions: Decisions,
  name: N,
  input: StepInput<N>,
  block: Block,
): Promise<Unblocked<N>> => {
  let probed: Outcome<N> | undefined;
  const scope = new CancellationScope();
  const probing = block.heals
    ? scope.run(() => attempt(name, input, probe)).then((outcome) => void (probed = outcome), ignoreCancellation)
    : undefined;
  await decisions.wait(() => probed !== undefined, summaryOf(block));
  scope.cancel();
  await probing;
  const decision = decisions.take();
  const healed = probed !== undefined && 'result' in probed;
  if (healed && decision) decisions.overtaken(decision);
  if (probed !== undefined && (healed || !decision)) return probed;
  return { decision };
};

const ignoreCancellation = (error: unknown): void => {
  if (!isCancellation(error)) throw error;
};

const read = ({ cause, message }: ActivityFailure): StepFailure => {
  if (cause instanceof ApplicationFailure) {
    const type = isFailureType(cause.type) ? cause.type : 'Unexpected';
    const [facts] = (cause.details ?? []) as [FailureFacts?];
    return { type, message: cause.message, ...(facts?.retryWith ? { retryWith: facts.retryWith } : {}) };
  }
  // Attempts that never reported: the worker died again and again, or Azure never answered.
  if (cause instanceof TimeoutFailure)
    return { type: 'AzureUnavailable', message: `no attempt came to an end (${cause.message})` };
  return { type: 'Unexpected', message };
};

const describeBlock = (
  block: number,
  step: StepName,
  { type, message, retryWith }: StepFailure,
  { skippable, accepts }: Pick<Block, 'skippable' | 'accepts'>,
): Block => {
  const { who, remedy, heals } = failureEntry(type);
  const since = new Date().toISOString();
  const known = retryWith ? { retryWith } : {};
  return { block, step, failure: type, message, since, who, remedy, heals, skippable, accepts, ...known };
};

/** The timer's summary is the only text about the block on the page that people open. */
const summaryOf = (block: Block): string =>
  `BLOCKED ${block.step}: ${block.failure}. Send update "decide" ${exampleDecision(block)}`;

const whyEnded = ({ message }: StepFailure, decision: Decision | undefined): string => {
  if (!decision) return `nobody decided within ${decisionDeadline}: ${message}`;
  const reason = decision.reason ? ` (${decision.reason})` : '';
  return `aborted by ${decision.by}${reason}: ${message}`;
};
