/** A step that cannot go on by its own means waits here, for its cause to go away or for a person. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import { runActivity, type ActivityEnd } from './activity.ts';
import { exampleDecision, noDecision, type Progress } from './progress.ts';
import type { Decisions } from './decisions.ts';
import type { Block, Decision, StepRecord } from './messages.ts';
import { decisionDeadline, mostChanges, probe } from './policies.ts';
import { steps, type StepInput, type StepName } from './steps.ts';
import type { StepFailure } from './failure.ts';

export type StepOptions = {
  /** A person may decide to go on without the step. */
  skippable?: boolean;
  /**
   * The step must not be given up: nobody can abort it, and it looks by itself whether its cause has gone, whatever that is.
   * When it has not by the deadline, the procedure ends with a failure of this type, which also says why the step had become
   * necessary.
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

/** A block while it lasts. */
type OpenBlock<N extends StepName> = {
  step: N;
  input: StepInput<N>;
  terms: BlockTerms;
  /** As people see it. */
  block: Block;
  /** The present cause. */
  failure: StepFailure;
  /** Whether no request of the step can take effect any more. */
  settled: boolean;
  looks: number;
  /** What a probe found that ends the block. */
  end?: ActivityEnd<N>;
  /** No probe is begun any more. */
  over: boolean;
};

/**
 * Counts blocks over the whole run. A block lasts from its first cause until the step resumes: its cause may change,
 * but its number, its deadline and the decisions for it stay.
 */
export const createBlocks = (progress: Progress, decisions: Decisions): BlockStep => {
  let blocks = 0;
  let changes = 0;

  const follow = <N extends StepName>(open: OpenBlock<N>, found: StepFailure, mayProbe: boolean): void => {
    const { block, terms } = open;
    changes += 1;
    open.failure = found;
    Object.assign(block, describeCause(found, { ...terms, mayProbe }));
    if (!block.causes.includes(found.type)) block.causes = [...block.causes, found.type];
    progress.turn(block, found);
    decisions.listen(block);
  };

  /** One activity for each cause, and after too many of them one for all causes together. */
  const lookAgain = async <N extends StepName>(open: OpenBlock<N>): Promise<void> => {
    const { step, input, terms, block } = open;
    while (block.heals) {
      const anyCause = changes >= mostChanges;
      const probing = {
        cause: open.failure.type,
        looks: open.looks,
        ...(anyCause ? { anyCause } : {}),
        ...(terms.orElse ? { unending: true } : {}),
      };
      const unsettled = !open.settled;
      // A probe that is cancelled does not say whether a request of it is still on its way.
      open.settled = false;
      const found = await runActivity(step, input, probe, { probing, unsettled });
      if ('result' in found || isFatal(found.failure, terms)) {
        open.end = found;
        return;
      }
      open.settled = found.failure.settled;
      open.looks = found.failure.looks ?? open.looks + 1;
      if (open.over || decisions.decided()) return;
      follow(open, found.failure, !anyCause);
    }
  };

  /** The timeline shows the summary of a timer: each cause has a timer of its own, to the same deadline. */
  const untilNews = async <N extends StepName>(open: OpenBlock<N>, until: number): Promise<void> => {
    const { block, terms } = open;
    let shown: StepFailure;
    const isNews = (): boolean => open.end !== undefined || terms.needless?.() === true || open.failure !== shown;
    do {
      shown = open.failure;
      await decisions.wait(isNews, summaryOf(block), until);
    } while (open.failure !== shown);
  };

  /** A decision, if one was taken. */
  const untilOver = async <N extends StepName>(
    open: OpenBlock<N>,
    record: StepRecord,
  ): Promise<Decision | undefined> => {
    progress.block(record, open.block, open.failure);
    decisions.listen(open.block);
    const until = Date.now() + decisionDeadline;
    const scope = new CancellationScope();
    const looking = scope.run(() => lookAgain(open)).catch(ignoreCancellation);
    let decision: Decision | undefined;
    try {
      await untilNews(open, until);
    } finally {
      open.over = true;
      // Also when the procedure itself is cancelled: the probe may be in the middle of a request.
      scope.cancel();
      await looking;
      // What the procedure still has to do then is another step, and hears no decision about this one.
      decision = decisions.take();
      decisions.listen();
      progress.unblock(record, steps[open.step].waits ?? false);
    }
    return decision;
  };

  return async ({ step, input, failure, record }, terms) => {
    blocks += 1;
    const retriesLeft = decisions.retriesLeft({ abortable: isAbortable(terms) });
    const block = describeBlock({ block: blocks, step, retriesLeft }, failure, terms);
    const open: OpenBlock<typeof step> = {
      step,
      input,
      terms,
      block,
      failure,
      settled: failure.settled,
      looks: 0,
      over: false,
    };
    const decision = await untilOver(open, record);
    const healed = open.end !== undefined && 'result' in open.end;
    if (healed && decision) decisions.overtaken(decision);
    return { by: endOf(open, healed ? undefined : decision), failure: open.failure, causes: block.causes };
  };
};

const endOf = <N extends StepName>(
  { end, settled, terms }: OpenBlock<N>,
  decision: Decision | undefined,
): BlockEnd<N>['by'] => {
  if (end && !decision) return { end };
  if (!decision && terms.needless?.()) return 'needless';
  return { decision, situation: { unsettled: !settled } };
};

/** Returns whether a failure ends the operation. A step that cannot be aborted blocks instead. */
export const isFatal = ({ class: kind }: StepFailure, { orElse }: StepOptions): boolean => kind === 'fatal' && !orElse;

const ignoreCancellation = (error: unknown): void => {
  if (!isCancellation(error)) throw error;
};

const isAbortable = ({ orElse }: StepOptions): boolean => orElse === undefined;

const describeBlock = (
  known: Pick<Block, 'block' | 'step' | 'retriesLeft'>,
  failure: StepFailure,
  terms: BlockTerms,
): Block => ({
  ...known,
  since: new Date().toISOString(),
  skippable: terms.skippable ?? false,
  abortable: isAbortable(terms),
  accepts: terms.accepts,
  causes: [failure.type],
  ...describeCause(failure, terms),
});

type Cause = Pick<Block, 'failure' | 'class' | 'message' | 'who' | 'remedy' | 'heals' | 'retryHelps' | 'retryWith'>;

const describeCause = (failure: StepFailure, { accepts, mayProbe, orElse }: BlockTerms): Cause => ({
  failure: failure.type,
  class: failure.class,
  message: failure.message,
  who: failure.who,
  remedy: failure.remedy,
  heals: mayProbe && (failure.heals || orElse !== undefined),
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
  const example = exampleDecision(block);
  const toDo = example ? `Send update "decide" ${example}` : noDecision;
  const saying = (message: string): string => `BLOCKED ${block.step}: ${block.failure}, ${message} ${toDo}`;
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
