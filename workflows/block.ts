/** A step that cannot go on by its own means waits here, for its cause to go away or for a person. */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import { failureEntry } from '../domain/failures.ts';
import { runActivity, type ActivityEnd, type StepFailure } from './activity.ts';
import { exampleDecision } from './current-details.ts';
import type { Decisions } from './decisions.ts';
import type { Block, Decision } from './messages.ts';
import { decisionDeadline, probeFor } from './policies.ts';
import type { StepOptions } from './step.ts';
import type { StepInput, StepName } from './steps.ts';

export type BlockTerms = StepOptions & {
  /** Fields of its input that `retry` may change. */
  accepts: readonly string[];
  /** Whether the step may look by itself whether its cause has gone. */
  mayProbe: boolean;
};

/** A decision, or none by the deadline, and in which situation the step would be tried again. */
export type Decided = { decision: Decision | undefined; situation: Situation };

/**
 * Ends with the cause gone (a result), another cause found (a failure), a decision, or the step needless.
 * @param input with which a block that heals looks whether its cause has gone
 */
export const untilUnblocked = async <N extends StepName>(
  decisions: Decisions,
  block: Block,
  { settled }: StepFailure,
  input: StepInput<N>,
  needless: () => boolean,
): Promise<ActivityEnd<N> | Decided | 'needless'> => {
  let probed: ActivityEnd<N> | undefined;
  const scope = new CancellationScope();
  const probe = () =>
    runActivity(block.step as N, input, probeFor(block.failure), { probing: true, unsettled: !settled });
  const probing = block.heals ? scope.run(probe).then((end) => void (probed = end), ignoreCancellation) : undefined;
  try {
    await decisions.wait(() => probed !== undefined || needless(), summaryOf(block));
  } finally {
    // Also when the procedure itself is cancelled: the probe may be in the middle of a request.
    scope.cancel();
    await probing;
  }
  const decision = decisions.take();
  const healed = probed !== undefined && 'result' in probed;
  if (healed && decision) decisions.overtaken(decision);
  if (probed !== undefined && (healed || !decision)) return probed;
  if (!decision && needless()) return 'needless';
  // A probe that was cancelled does not say whether a request of it is still on its way.
  return { decision, situation: { unsettled: block.heals || !settled } };
};

const ignoreCancellation = (error: unknown): void => {
  if (!isCancellation(error)) throw error;
};

export const describeBlock = (
  block: number,
  step: StepName,
  { type, message, retryWith }: StepFailure,
  { skippable = false, orElse, accepts, mayProbe }: BlockTerms,
): Block => {
  const { who, remedy, heals } = failureEntry(type);
  return {
    block,
    step,
    failure: type,
    message,
    since: new Date().toISOString(),
    who,
    remedy,
    heals: heals && mayProbe,
    skippable,
    abortable: orElse === undefined,
    accepts,
    ...(retryWith ? { retryWith } : {}),
  };
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

/** @param because why the step had become necessary, where that must not be forgotten */
export const whyEnded = ({ message }: StepFailure, decision: Decision | undefined, because?: string): string => {
  const before = because === undefined ? '' : `. Before that, ${because}`;
  if (!decision) return `nobody decided within ${decisionDeadline}: ${message}${before}`;
  const reason = decision.reason ? ` (${decision.reason})` : '';
  return `aborted by ${decision.by}${reason}: ${message}${before}`;
};
