import { CancellationScope, condition, isCancellation, type ActivityOptions } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import { lineOf } from '../domain/inputs.ts';
import { runActivity, type ActivityEnd } from './activity.ts';
import { createBlocks, isFatal, type BlockEnd, type BlockTerms, type FailedStep, type StepOptions } from './block.ts';
import type { Decisions } from './decisions.ts';
import { nonRetryable } from './failure.ts';
import type { Decision, StepRecord } from './messages.ts';
import { decisionDeadline } from './policies.ts';
import type { Progress } from './progress.ts';
import { steps, type StepInput, type StepName, type StepResult, type StepSettings } from './steps.ts';

export type { FailedStep } from './block.ts';

/** @throws ApplicationFailure of the type of the step's failure · StepSkipped, where the step is skippable */
export type Step = <N extends StepName>(name: N, input: StepInput<N>, options?: StepOptions) => Promise<StepResult<N>>;

/** For what somebody may make needless, while it is under way or blocked: undefined then. */
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

/** The same beside the steps that follow; it ends with the procedure at the latest, and is undefined then too. */
export type TryBeside = <N extends StepName>(name: N, input: StepInput<N>) => Promise<StepResult<N> | undefined>;

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

export type Steps = {
  step: Step;
  stepUnless: StepUnless;
  tryStep: TryStep;
  tryBeside: TryBeside;
  attempt: Attempt;
  blockOn: BlockOn;
};

type BesideSteps = {
  /** Gives up what is still tried beside the steps, and waits until nothing of it is under way. */
  endBeside: () => Promise<void>;
};

/** A person decided to continue without the step; the caller that made the step skippable catches this. */
export class StepSkipped extends Error {
  readonly decision: Decision;
  readonly failure: string;

  constructor(decision: Decision, failure: string) {
    super(`${decision.step} was skipped by ${decision.by}`);
    this.decision = decision;
    this.failure = failure;
  }
}

/** Something made the step needless. */
class StepNeedless extends Error {}

const unlessNeedless = async <T>(run: Promise<T>): Promise<T | undefined> => {
  try {
    return await run;
  } catch (error) {
    if (error instanceof StepNeedless) return undefined;
    throw error;
  }
};

/** What a run comes to; undefined when it was cancelled because something made it needless. */
const unlessOvertaken = async <T>(run: () => Promise<T>, needless?: () => boolean): Promise<T | undefined> => {
  if (!needless) return run();
  const scope = new CancellationScope();
  const running = scope.run(run);
  const settled = running.then(ignore, ignore);
  await Promise.race([settled, scope.run(() => condition(needless)).catch(ignore)]);
  scope.cancel();
  try {
    return await running;
  } catch (error) {
    if (isCancellation(error) && !CancellationScope.current().consideredCancelled) return undefined;
    throw error;
  }
};

const ignore = (): void => undefined;

/** What comes of a block: the step went on by itself, or it is to be tried again. */
type Unblocked<N extends StepName> = { end: ActivityEnd<N> } | { decision: Decision; situation: Situation };

/**
 * Runs the steps of a procedure, one after another. A step that cannot continue blocks: it publishes cause and remedy,
 * probes whether a cause that heals is gone, and waits for a decision.
 */
export const createSteps = (progress: Progress, decisions: Decisions): Steps & BesideSteps => {
  const block = createBlocks(progress, decisions);
  const beside = new CancellationScope();
  const triedBeside: Promise<unknown>[] = [];

  const blockOnce = async <N extends StepName>(failed: FailedStep<N>, terms: BlockTerms): Promise<Unblocked<N>> => {
    const { record } = failed;
    if (isFatal(failed.failure, terms)) {
      progress.fail(record, failed.failure);
      throw nonRetryable(failed.failure.type, failed.failure.message);
    }
    const { by, failure, causes } = await block(failed, terms);
    if (by === 'needless') {
      progress.end(record, 'skipped', failure);
      throw new StepNeedless();
    }
    if ('end' in by) return by;
    const { decision, situation } = by;
    if (decision?.decision === 'skip') {
      progress.end(record, 'skipped', failure);
      throw new StepSkipped(decision, failure.type);
    }
    if (decision?.decision === 'retry') return { decision, situation };
    const { orElse } = terms;
    const type = orElse?.failure ?? failure.type;
    progress.fail(record, { ...failure, type });
    const outcome = progress.outcomeSoFar(causes, decision);
    throw nonRetryable(type, whyEnded({ failure, causes, decision, because: orElse?.because }), outcome);
  };

  const step = async <N extends StepName>(
    name: N,
    firstInput: StepInput<N>,
    options: StepOptions = {},
  ): Promise<StepResult<N>> => {
    const { policy, says, accepts = [], waits = false } = steps[name] as StepSettings<StepInput<N>>;
    const record = progress.begin(name, says(firstInput), waits);
    let input = firstInput;
    const run = async (given: StepInput<N>, situation?: Situation): Promise<ActivityEnd<N>> => {
      const end = await unlessOvertaken(() => runActivity(name, given, policy, situation), options.needless);
      if (end) return end;
      progress.end(record, 'skipped');
      throw new StepNeedless();
    };
    let end: ActivityEnd<N> = await run(input, options.unsettled ? { unsettled: true } : undefined);
    while ('failure' in end) {
      const failed = { step: name, input, failure: end.failure, record };
      const unblocked = await blockOnce<N>(failed, { ...options, accepts, mayProbe: true });
      if ('end' in unblocked) {
        end = unblocked.end;
        continue;
      }
      const { decision, situation } = unblocked;
      const changed = { ...input, ...changesOf(decision, accepts) };
      const retry = decision.input ? { retry: { input: decision.input, accepts } } : {};
      record.says = says(changed);
      end = await run(changed, { ...situation, ...retry });
      if ('failure' in end && end.failure.inputRefused) record.says = says(input);
      else input = changed;
    }
    progress.end(record, 'done');
    return end.result;
  };

  const takeEnd = <N extends StepName>(
    record: StepRecord,
    end: ActivityEnd<N>,
    ifNot: StepRecord['state'],
  ): StepResult<N> | undefined => {
    if ('result' in end) {
      progress.end(record, 'done');
      return end.result;
    }
    progress.end(record, ifNot, end.failure);
    return undefined;
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
    takeEnd(record, end, ifNot);
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

  const tryBeside = <N extends StepName>(name: N, input: StepInput<N>): Promise<StepResult<N> | undefined> => {
    const { policy, says, waits = false } = steps[name] as StepSettings<StepInput<N>>;
    const record = progress.begin(name, says(input), waits);
    const tried = beside
      .run(() => runActivity(name, input, policy))
      .then(
        (end) => takeEnd(record, end, 'postponed'),
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
          progress.end(record, 'postponed');
          return undefined;
        },
      );
    triedBeside.push(tried);
    return tried;
  };

  return {
    step,
    tryBeside,
    endBeside: async () => {
      beside.cancel();
      await Promise.all(triedBeside);
    },
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

/** The activity judges what was said before it goes by this; until then it is shown, so it must be short. */
const changesOf = ({ input = {} }: Decision, accepts: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    accepts.flatMap((field) => {
      const value = input[field];
      return typeof value === 'string' ? [[field, lineOf(value, 60)]] : [];
    }),
  );

type WhyEnded = Pick<BlockEnd<StepName>, 'failure' | 'causes'> & {
  decision: Decision | undefined;
  /** Why the step had become necessary, where that must not be forgotten. */
  because: string | undefined;
};

const whyEnded = ({ failure: { message }, causes, decision, because }: WhyEnded): string => {
  const reason = decision?.reason ? ` (${decision.reason})` : '';
  const why = decision ? `aborted by ${decision.by}${reason}` : `no decision within ${decisionDays} days`;
  const met = causes.length > 1 ? `. Causes of the block: ${causes.join(', ')}` : '';
  const before = because === undefined ? '' : `. Before that, ${because}`;
  return `${why}: ${message}${met}${before}`;
};

const decisionDays = decisionDeadline / (24 * 3_600_000);
