import type { ActivityOptions } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import { failureEntry, type FailureType } from '../domain/failures.ts';
import { runActivity, type ActivityEnd, type StepFailure } from './activity.ts';
import { describeBlock, untilUnblocked, whyEnded, type BlockTerms } from './block.ts';
import type { Decisions } from './decisions.ts';
import { nonRetryable } from './failure.ts';
import type { Decision, StepRecord } from './messages.ts';
import type { Progress } from './progress.ts';
import { steps, type StepInput, type StepName, type StepResult, type StepSettings } from './steps.ts';

export type StepOptions = {
  /** A person may decide to go on without the step. */
  skippable?: boolean;
  /**
   * The step must not be given up: nobody can abort it, and when nobody helps within the deadline the procedure ends with
   * this failure, which also says why the step had become necessary.
   */
  orElse?: { failure: FailureType; because: string };
  /** What may make the step needless while it is blocked. */
  needless?: () => boolean;
  /** A request of an earlier step may still take effect, and this one must not be undone by it. */
  unsettled?: boolean;
};

/** @throws ApplicationFailure of a type of the failure table · StepSkipped, where the step is skippable */
export type Step = <N extends StepName>(name: N, input: StepInput<N>, options?: StepOptions) => Promise<StepResult<N>>;

/** For what somebody may make needless while it is blocked: undefined then. */
export type StepUnless = <N extends StepName>(
  needless: () => boolean,
  name: N,
  input: StepInput<N>,
) => Promise<StepResult<N> | undefined>;

/**
 * For what is worth a try and holds nobody up: undefined when it did not work.
 * @param policy how much of a try it is worth here; the step's own by default
 */
export type TryStep = <N extends StepName>(
  name: N,
  input: StepInput<N>,
  policy?: ActivityOptions,
) => Promise<StepResult<N> | undefined>;

/** A step that failed where no person must be waited for; `blockOn` waits for one later. */
export type FailedStep<N extends StepName = StepName> = {
  step: N;
  input: StepInput<N>;
  failure: StepFailure;
  record: StepRecord;
};

/** For what must be undone before a person is waited for. */
export type Attempt = <N extends StepName>(
  name: N,
  input: StepInput<N>,
) => Promise<{ result: StepResult<N> } | { failed: FailedStep<N> }>;

/**
 * Waits for the decision `retry`, which is the caller's to carry out, or until there is nothing more to retry.
 * @throws ApplicationFailure of the failed step
 */
export type BlockOn = (needless: () => boolean, failed: FailedStep) => Promise<void>;

export type Steps = { step: Step; stepUnless: StepUnless; tryStep: TryStep; attempt: Attempt; blockOn: BlockOn };

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

/** Something made a blocked step needless. */
class StepNeedless extends Error {}

const unlessNeedless = async <T>(run: Promise<T>): Promise<T | undefined> => {
  try {
    return await run;
  } catch (error) {
    if (error instanceof StepNeedless) return undefined;
    throw error;
  }
};

/** What comes of a block: the step went on by itself, or it is to be tried again. */
type Unblocked<N extends StepName> = { end: ActivityEnd<N> } | { decision: Decision; situation: Situation };

/**
 * A procedure awaits one step after another. A step that cannot go on blocks: it says why and what to do, looks by itself
 * whether a cause that can go away has gone, and waits for a decision.
 */
export const createSteps = (progress: Progress, decisions: Decisions): Steps => {
  let blocks = 0;

  const blockOnce = async <N extends StepName>(
    { step, input, failure, record }: FailedStep<N>,
    terms: BlockTerms,
  ): Promise<Unblocked<N>> => {
    const { orElse, needless = () => false } = terms;
    if (failureEntry(failure.type).class === 'fatal' && !orElse) {
      progress.fail(record, failure);
      throw nonRetryable(failure.type, failure.message);
    }
    blocks += 1;
    const block = describeBlock(blocks, step, failure, terms);
    progress.block(record, block, failure);
    // Also when the procedure is cancelled: what it still has to do is another step, and hears no decision about this one.
    const isOver = (): void => {
      progress.unblock(record, steps[step].waits ?? false);
      decisions.take();
    };
    const unblocked = await untilUnblocked<N>(decisions, block, failure, input, needless).finally(isOver);
    if (unblocked === 'needless') {
      progress.end(record, 'skipped', failure);
      throw new StepNeedless();
    }
    if (!('decision' in unblocked)) return { end: unblocked };
    const { decision, situation } = unblocked;
    if (decision?.decision === 'skip') {
      progress.end(record, 'skipped', failure);
      throw new StepSkipped(decision, failure.type);
    }
    if (decision?.decision === 'retry') return { decision, situation };
    const type = orElse?.failure ?? failure.type;
    progress.fail(record, { ...failure, type });
    throw nonRetryable(type, whyEnded(failure, decision, orElse?.because), progress.outcomeSoFar(decision));
  };

  const step = async <N extends StepName>(
    name: N,
    firstInput: StepInput<N>,
    options: StepOptions = {},
  ): Promise<StepResult<N>> => {
    const { policy, says, accepts = [], waits = false } = steps[name] as StepSettings<StepInput<N>>;
    const record = progress.begin(name, says(firstInput), waits);
    let input = firstInput;
    const situation = options.unsettled ? { unsettled: true } : undefined;
    let end: ActivityEnd<N> = await runActivity(name, input, policy, situation);
    while ('failure' in end) {
      const failed = { step: name, input, failure: end.failure, record };
      const unblocked = await blockOnce<N>(failed, { ...options, accepts, mayProbe: true });
      if ('end' in unblocked) {
        end = unblocked.end;
        continue;
      }
      input = { ...input, ...unblocked.decision.input };
      record.says = says(input);
      end = await runActivity(name, input, policy, unblocked.situation);
    }
    progress.end(record, 'done');
    return end.result;
  };

  const runOnce = async <N extends StepName>(
    name: N,
    input: StepInput<N>,
    policy: ActivityOptions,
    ifNot: StepRecord['state'],
  ): Promise<{ end: ActivityEnd<N>; record: StepRecord }> => {
    const { says, waits = false } = steps[name] as StepSettings<StepInput<N>>;
    const record = progress.begin(name, says(input), waits);
    const end = await runActivity(name, input, policy);
    if ('result' in end) progress.end(record, 'done');
    else progress.end(record, ifNot, end.failure);
    return { end, record };
  };

  const tryStep = async <N extends StepName>(
    name: N,
    input: StepInput<N>,
    policy: ActivityOptions = steps[name].policy,
  ): Promise<StepResult<N> | undefined> => {
    const { end } = await runOnce(name, input, policy, 'postponed');
    return 'result' in end ? end.result : undefined;
  };

  return {
    step,
    stepUnless: (needless, name, input) => unlessNeedless(step(name, input, { needless })),
    tryStep,
    attempt: async (name, input) => {
      const { end, record } = await runOnce(name, input, steps[name].policy, 'failed');
      return 'result' in end ? end : { failed: { step: name, input, failure: end.failure, record } };
    },
    blockOn: async (needless, failed) => {
      await unlessNeedless(blockOnce(failed, { needless, accepts: [], mayProbe: false }));
      progress.end(failed.record, 'failed');
    },
  };
};
