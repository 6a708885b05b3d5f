/** A step that cannot go on by its own means waits here, for its cause to go away or for a person. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import { runActivity, type ActivityEnd } from './activity.ts';
import { exampleDecision } from './current-details.ts';
import type { Decisions } from './decisions.ts';
import type { Block, Decision, StepRecord } from './messages.ts';
import { decisionDeadline, mostChanges, probe } from './policies.ts';
import type { Progress } from './progress.ts';
import { steps, type StepInput, type StepName } from './steps.ts';
import type { StepFailure } from './verdict.ts';

export type StepOptions = {
  /** A person may decide to go on without the step. */
  skippable?: boolean;
  /**
   * The step must not be given up: nobody can abort it, and when nobody helps within the deadline the procedure ends with
   * a failure of this type, which also says why the step had become necessary.
   */
  orElse?: { failure: string; because: string };
  /** What may make the step needless while it is blocked. */
  needless?: () => boolean;
  /** A request of an earlier step may still take effect, and this one must not be undone by it. */
  unsettled?: boolean;
};

export type BlockTerms = StepOptions & {
  /** Fields of its input that `retry` may change. */
  accepts: readonly string[];
  /** Whether the step may look by itself whether its cause has gone. */
  mayProbe: boolean;
};

/** A step that failed where no person must be waited for; `blockOn` waits for one later. */
export type FailedStep<N extends StepName = StepName> = {
  step: N;
  input: StepInput<N>;
  failure: StepFailure;
  record: StepRecord;
};

/** How a block ends, and what blocked the step at last. */
export type BlockEnd<N extends StepName> = {
  by:
    | { end: ActivityEnd<N> }
    /** A decision, or none by the deadline, and in which situation the step would be tried again. */
    | { decision: Decision | undefined; situation: Situation }
    | 'needless';
  failure: StepFailure;
  /** Types of all causes that the block had, each once. */
  causes: readonly string[];
};

export type BlockStep = <N extends StepName>(failed: FailedStep<N>, terms: BlockTerms) => Promise<BlockEnd<N>>;

/**
 * Blocks are counted over the whole run. A block lasts from its first cause until the step goes on: its cause may change, while
 * its number, its deadline and the decisions that are meant for it stay.
 */
export const createBlocks = (progress: Progress, decisions: Decisions): BlockStep => {
  let blocks = 0;
  let changes = 0;

  return async <N extends StepName>(
    { step, input, failure: first, record }: FailedStep<N>,
    terms: BlockTerms,
  ): Promise<BlockEnd<N>> => {
    const { needless = () => false } = terms;
    blocks += 1;
    const block = describeBlock(blocks, step, first, terms);
    const until = Date.now() + decisionDeadline;
    let failure = first;
    let { settled } = first;
    let end: ActivityEnd<N> | undefined;
    let over = false;

    const follow = (found: StepFailure, mayProbe: boolean): void => {
      failure = found;
      changes += 1;
      Object.assign(block, describeCause(found, { ...terms, mayProbe }));
      if (!block.causes.includes(found.type)) block.causes = [...block.causes, found.type];
      progress.turn(block, found);
      decisions.listen(block);
    };

    /** One activity for each cause, and after too many of them one for all causes together. */
    const lookAgain = async (): Promise<void> => {
      for (let looks = 0; block.heals;) {
        const anyCause = changes >= mostChanges;
        const probing = { cause: failure.type, looks, ...(anyCause ? { anyCause } : {}) };
        const unsettled = !settled;
        // A probe that is cancelled does not say whether a request of it is still on its way.
        settled = false;
        const found = await runActivity(step, input, probe, { probing, unsettled });
        if ('result' in found || isFatal(found.failure, terms)) return void (end = found);
        settled = found.failure.settled;
        looks = found.failure.looks ?? looks + 1;
        if (over || decisions.decided()) return;
        follow(found.failure, !anyCause);
      }
    };

    /** The timeline shows the summary of a timer: each cause has a timer of its own, to the same deadline. */
    const untilNews = async (): Promise<void> => {
      let shown: StepFailure;
      const isNews = (): boolean => end !== undefined || needless() || failure !== shown;
      do {
        shown = failure;
        await decisions.wait(isNews, summaryOf(block), until);
      } while (failure !== shown);
    };

    progress.block(record, block, first);
    decisions.listen(block);
    const scope = new CancellationScope();
    const looking = scope.run(lookAgain).catch(ignoreCancellation);
    let decision: Decision | undefined;
    try {
      await untilNews();
    } finally {
      over = true;
      // Also when the procedure itself is cancelled: the probe may be in the middle of a request.
      scope.cancel();
      await looking;
      // What the procedure still has to do then is another step, and hears no decision about this one.
      decision = decisions.take();
      decisions.listen();
      progress.unblock(record, steps[step].waits ?? false);
    }
    const ended = { failure, causes: block.causes };
    if (end && 'result' in end) {
      if (decision) decisions.overtaken(decision);
      return { ...ended, by: { end } };
    }
    if (end && !decision) return { ...ended, by: { end } };
    if (!decision && needless()) return { ...ended, by: 'needless' };
    return { ...ended, by: { decision, situation: { unsettled: !settled } } };
  };
};

/** What cannot be given up blocks for that as well. */
export const isFatal = ({ class: kind }: StepFailure, { orElse }: StepOptions): boolean => kind === 'fatal' && !orElse;

const ignoreCancellation = (error: unknown): void => {
  if (!isCancellation(error)) throw error;
};

const describeBlock = (number: number, step: StepName, failure: StepFailure, terms: BlockTerms): Block => ({
  block: number,
  step,
  since: new Date().toISOString(),
  skippable: terms.skippable ?? false,
  abortable: terms.orElse === undefined,
  accepts: terms.accepts,
  causes: [failure.type],
  ...describeCause(failure, terms),
});

type Cause = Pick<Block, 'failure' | 'class' | 'message' | 'who' | 'remedy' | 'heals' | 'retryHelps' | 'retryWith'>;

const describeCause = (failure: StepFailure, { accepts, mayProbe }: BlockTerms): Cause => ({
  failure: failure.type,
  class: failure.class,
  message: failure.message,
  who: failure.who,
  remedy: failure.remedy,
  heals: failure.heals && mayProbe,
  retryHelps: failure.retryHelps,
  retryWith: fitting(failure.retryWith, accepts),
});

/** The failure may be known from another step, which takes other input. */
const fitting = (input: StepFailure['retryWith'] = {}, accepts: readonly string[]): Block['retryWith'] => {
  const fields = Object.entries(input).filter(([field]) => accepts.includes(field));
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
};

/** The timer's summary is the only text about the block on the page that people open. */
const summaryOf = (block: Block): string => {
  const saying = (message: string): string =>
    `BLOCKED ${block.step}: ${block.failure}, ${message} Send update "decide" ${exampleDecision(block)}`;
  return saying(shortened(block.message, mostBytes - bytesOf(saying(''))));
};

/** Of the 400 that servers accept; the rest is the payload around it. The details say all of it. */
const mostBytes = 370;

/** As it travels: a quotation mark is two bytes, a letter of another script up to four. */
const bytesOf = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length;

const shortened = (message: string, room: number): string => {
  if (message.length <= 120 && bytesOf(`${message}.`) <= room) return `${message}.`;
  let kept = message.slice(0, 119);
  while (kept !== '' && bytesOf(`${kept}…`) > room) kept = kept.slice(0, -1);
  return `${kept}…`;
};
