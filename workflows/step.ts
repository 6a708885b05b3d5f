import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import { failureEntry, type FailureType } from '../domain/failures.ts';
import { runActivity, type ActivityEnd, type StepFailure } from './activity.ts';
import { exampleDecision } from './current-details.ts';
import type { Decisions } from './decisions.ts';
import { nonRetryable } from './failure.ts';
import type { Block, Decision } from './messages.ts';
import { decisionDeadline, probeFor } from './policies.ts';
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
    let end: ActivityEnd<N> = await runActivity(name, input, policy);
    while ('failure' in end) {
      const { failure } = end;
      if (failureEntry(failure.type).class === 'fatal') {
        progress.fail(record, failure.type);
        throw nonRetryable(failure.type, failure.message);
      }
      blocks += 1;
      const block = describeBlock(blocks, name, failure, { skippable, accepts });
      progress.block(record, block);
      const unblocked = await untilUnblocked(decisions, name, input, block, failure);
      progress.unblock(record, waits);
      if (!('decision' in unblocked)) {
        end = unblocked;
        continue;
      }
      const { decision, situation } = unblocked;
      if (decision?.decision === 'skip') {
        progress.end(record, 'skipped');
        throw new StepSkipped(decision, failure.type);
      }
      if (decision?.decision !== 'retry') {
        progress.fail(record, failure.type);
        throw nonRetryable(failure.type, whyEnded(failure, decision), progress.outcomeSoFar(decision));
      }
      input = { ...input, ...decision.input };
      record.says = says(input);
      end = await runActivity(name, input, policy, situation);
    }
    progress.end(record, 'done');
    return end.result;
  };

  const tryStep = async <N extends StepName>(name: N, input: StepInput<N>): Promise<StepResult<N> | undefined> => {
    const { policy, says } = steps[name] as StepSettings<StepInput<N>>;
    const record = progress.begin(name, says(input), false);
    const end = await runActivity(name, input, policy);
    progress.end(record, 'result' in end ? 'done' : 'postponed');
    return 'result' in end ? end.result : undefined;
  };

  return { step, tryStep };
};

/** A decision, or none by the deadline, and in which situation the step would be tried again. */
type Decided = { decision: Decision | undefined; situation: Situation };

/** Ends with the cause gone (a result), another cause found (a failure), or a decision. */
const untilUnblocked = async <N extends StepName>(
  decisions: Decisions,
  name: N,
  input: StepInput<N>,
  block: Block,
  { settled }: StepFailure,
): Promise<ActivityEnd<N> | Decided> => {
  let probed: ActivityEnd<N> | undefined;
  const scope = new CancellationScope();
  const probe = () => runActivity(name, input, probeFor(block.failure), { probing: true, unsettled: !settled });
  const probing = block.heals ? scope.run(probe).then((end) => void (probed = end), ignoreCancellation) : undefined;
  try {
    await decisions.wait(() => probed !== undefined, summaryOf(block));
  } finally {
    // Also when the procedure itself is cancelled: the probe may be in the middle of a request.
    scope.cancel();
    await probing;
  }
  const decision = decisions.take();
  const healed = probed !== undefined && 'result' in probed;
  if (healed && decision) decisions.overtaken(decision);
  if (probed !== undefined && (healed || !decision)) return probed;
  // A probe that was cancelled does not say whether a request of it is still on its way.
  return { decision, situation: { unsettled: block.heals || !settled } };
};

const ignoreCancellation = (error: unknown): void => {
  if (!isCancellation(error)) throw error;
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
