/** The desk where decisions about blocked steps are taken: exactly one is applied to each block, the first that fits. */
import { condition, log, setHandler } from '@temporalio/workflow';
import { lineOf, oneOf, plainObject, readRetryInput, shortText } from '../domain/inputs.ts';
import { shown } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { exampleDecision, noDecision, type Progress } from './progress.ts';
import { nonRetryable, readOrThrow } from './failure.ts';
import { decideSignal, decideUpdate, mostRetries, type Block, type Decision } from './messages.ts';
import { steps, type StepName } from './steps.ts';
import { tellDecision } from './telemetry.ts';

export type Decisions = ReturnType<typeof openDecisions>;

/** Temporal's UI shows it where the message is written: the JSON can be sent as it is. */
const describeDecide = (blocked: Block | undefined): string => {
  const example = blocked && exampleDecision(blocked);
  const present = blocked
    ? `Decide about block ${blocked.block}, ${blocked.failure}: ${example ? `${example}.` : noDecision}`
    : 'Decide about a blocked step; no step is blocked now. One JSON object: {"step":"ensureKeyVault","block":1,"decision":"retry","by":"you"}.';
  return (
    `${present} decision: retry, skip (audit trail only) or abort. block is the number of the block; for many at once, ` +
    'failure instead. Optional: reason, input (with retry), for example {"keyVaultName":"another-name"}.'
  );
};

export const openDecisions = (progress: Progress) => {
  let pending: Decision | undefined;
  const retries = { abortable: 0, unabortable: 0 };
  const kindOf = ({ abortable }: Pick<Block, 'abortable'>): keyof typeof retries =>
    abortable ? 'abortable' : 'unabortable';

  /** Why a decision cannot be applied now, or undefined. */
  const objection = (decision: Decision): string | undefined => {
    const { blocked } = progress.status;
    if (!blocked) return 'no step is blocked';
    if (pending) return `block ${blocked.block} has already been decided: ${pending.decision} by ${pending.by}`;
    return mismatch(decision, blocked) ?? misuse(decision, blocked);
  };

  const apply = (decision: Decision): void => {
    const { blocked } = progress.status;
    pending = decision;
    if (blocked && decision.decision === 'retry') retries[kindOf(blocked)] += 1;
    record(decision);
  };

  const record = (decision: Decision, ignoredBecause?: string): void => {
    const { decisions } = progress.status;
    const applied = ignoredBecause === undefined;
    const entry = { ...decision, at: new Date().toISOString(), applied, ...(applied ? {} : { ignoredBecause }) };
    decisions.push(entry);
    if (decisions.length > mostRecorded) decisions.shift();
    progress.changed();
    tellDecision(entry, progress.status.blocked?.block);
  };

  const assertApplicable = (message: unknown): void => {
    const why = objection(readOrThrow(() => readDecision(message, progress.status.blocked)));
    if (why) throw nonRetryable('DecisionRefused', why);
  };

  /** It was accepted, so it is applied: on replay too, when no validator runs and what is acceptable may have changed. */
  const onUpdate = (message: unknown): { block: number } => {
    const { block } = progress.status.blocked ?? { block: 0 };
    apply(takeDecision(message) as Decision);
    return { block };
  };

  const onSignal = (message: unknown): void => {
    const decision = takeDecision(message);
    // One that is no decision at all has no step to be recorded with.
    if (!decision) return log.warn('a signal "decide" that cannot be read was ignored');
    const why = objection(decision);
    if (why) record(decision, why);
    else apply(decision);
  };

  /** Again with each block, and when its cause changes: a handler's description is what it was set with. */
  const listen = (blocked?: Block): void => {
    const description = describeDecide(blocked);
    setHandler(decideUpdate, onUpdate, { validator: assertApplicable, description });
    setHandler(decideSignal, onSignal, { description: `${description} A signal returns no answer; see status.` });
  };
  listen();

  return {
    listen,
    /** How often a retry is still taken of a step that can be aborted, or of one that cannot. */
    retriesLeft: (block: Pick<Block, 'abortable'>): number => Math.max(mostRetries - retries[kindOf(block)], 0),
    decided: (): boolean => pending !== undefined,
    take: (): Decision | undefined => {
      const taken = pending;
      pending = undefined;
      return taken;
    },
    /**
     * Waits for a decision or for something better, and says which text a person sees meanwhile.
     * @param until milliseconds since the epoch
     */
    wait: async (orUntil: () => boolean, summary: string, until: number): Promise<void> => {
      await condition(() => pending !== undefined || orUntil(), Math.max(until - Date.now(), 1), { summary });
    },
    /** The cause went away before the decision could be carried out. */
    overtaken: (decision: Decision): void => {
      const entry = progress.status.decisions.findLast(({ step, applied }) => step === decision.step && applied);
      if (entry)
        tellDecision(
          Object.assign(entry, { applied: false, ignoredBecause: 'the step had already resumed by itself' }),
        );
      progress.changed();
    },
  };
};

const mismatch = ({ step, failure, block }: Decision, blocked: Block): string | undefined => {
  const present = `the blocked step is ${blocked.step} (${blocked.failure}, block ${blocked.block})`;
  if (step !== blocked.step) return `the decision is for ${step}, but ${present}`;
  if (block === undefined && failure === undefined) return `name the block by block or failure: ${present}`;
  if (block !== undefined && block !== blocked.block) return `the decision is for block ${block}, but ${present}`;
  if (failure !== undefined && failure !== blocked.failure) return `the decision is for ${failure}, but ${present}`;
  return undefined;
};

const misuse = ({ decision, step }: Decision, blocked: Block): string | undefined => {
  if (decision === 'skip' && !blocked.skippable) return `${step} cannot be skipped, only the audit trail can`;
  if (decision === 'abort' && !blocked.abortable)
    return `${step} cannot be aborted: the vault would stay unprotected. Remove the cause, then retry`;
  if (decision === 'retry' && blocked.retriesLeft === 0) {
    const instead = blocked.abortable
      ? 'abort, then start again'
      : 'the step resumes by itself, or ends at its deadline';
    return `this run has been retried ${mostRetries} times: ${instead}`;
  }
  return undefined;
};

/** Decisions that the status keeps. */
const mostRecorded = 100;

const fields = ['step', 'decision', 'failure', 'block', 'by', 'reason', 'input'];
const kinds = ['retry', 'skip', 'abort'] as const;

/** For validators, whose verdict nobody asks for again. @throws Refusal InvalidInput, saying what to send instead */
const readDecision = (message: unknown, blocked: Block | undefined): Decision => {
  const { step, decision, failure, block, by, reason, input } = plainObject(message, fields);
  const name = readStep(step, blocked);
  const kind = oneOf('decision', decision, kinds);
  if (input !== undefined && kind !== 'retry') throw new Refusal('InvalidInput', 'input requires the decision "retry"');
  if (block !== undefined && !Number.isInteger(block))
    throw new Refusal('InvalidInput', 'block must be a whole number');
  return {
    step: name,
    decision: kind,
    by: shortText('by', by),
    ...(failure === undefined ? {} : { failure: shortText('failure', failure) }),
    ...(block === undefined ? {} : { block: block as number }),
    ...(reason === undefined ? {} : { reason: shortText('reason', reason) }),
    ...(input === undefined ? {} : { input: readRetryInput(input, steps[name].accepts ?? []) }),
  };
};

/** There are dozens of steps, and one that can be decided about: only that one is proposed. @throws Refusal InvalidInput */
const readStep = (step: unknown, blocked: Block | undefined): StepName => {
  if (typeof step === 'string' && Object.hasOwn(steps, step)) return step as StepName;
  const wanted = blocked
    ? `"${blocked.step}", the blocked step`
    : 'the name of the blocked step, and no step is blocked';
  throw new Refusal('InvalidInput', `step must be ${wanted}; got ${shown(step)}`);
};

/**
 * For handlers, which run again on every replay: by its shape alone, so that no limit on a text or pattern of a later release
 * decides otherwise than the one under which it came. What is too long is shown shortened; what `retry` is to change is judged
 * by the activity. Undefined for what is no decision. Stricter it can become only by a patch of the workflow.
 */
const takeDecision = (message: unknown): Decision | undefined => {
  if (typeof message !== 'object' || message === null) return undefined;
  const { step, decision, failure, block, by, reason, input } = message as Partial<Record<string, unknown>>;
  const kind = kinds.find((known) => known === decision);
  if (!kind || typeof step !== 'string' || typeof by !== 'string' || by === '') return undefined;
  if (block !== undefined && typeof block !== 'number') return undefined;
  if (failure !== undefined && typeof failure !== 'string') return undefined;
  return {
    step: lineOf(step),
    decision: kind,
    by: lineOf(by),
    ...(failure === undefined ? {} : { failure: lineOf(failure) }),
    ...(block === undefined ? {} : { block }),
    ...(typeof reason === 'string' && reason !== '' ? { reason: lineOf(reason) } : {}),
    ...(kind === 'retry' && typeof input === 'object' && input !== null ? { input: shownInput(input) } : {}),
  };
};

/** A signal may hold anything, and what is handed on must be small. */
const shownInput = (input: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(input)
      .slice(0, mostFields)
      .map(([field, value]) => [lineOf(field), typeof value === 'string' ? lineOf(value) : shown(value)]),
  );

/** More than any step takes. */
const mostFields = 5;
