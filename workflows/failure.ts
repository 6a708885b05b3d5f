/** The one maker of failures in workflow code. */
import { type ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetails, TurnDetails } from '../activities/failure.ts';
import { Refusal } from '../domain/failures.ts';

/** @param type of an activity's failure, as it came, or of a refusal of ours */
export const nonRetryable = (type: string, message: string, ...details: unknown[]) => {
  const failure = ApplicationFailure.nonRetryable(message, type, ...details);
  // Temporal's UI shows people the stack below the message, with paths of the worker's machine: it is no defect of ours.
  delete failure.stack;
  return failure;
};

/** A refusal of ours as Temporal knows failures; any other error as it is. */
export const asFailure = (error: unknown): unknown =>
  error instanceof Refusal ? nonRetryable(error.type, error.message) : error;

/** Reads a message, and returns the reason of a refusal to its sender. */
export const readOrThrow = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw asFailure(error);
  }
};

// What a failure of an activity means. It says so itself, in its details, and nothing else is asked: what a run did lies in
// its history with the reasons for it, so that every table and text may change while the run waits.

/** As the worker that met the failure judged it; its words are those of its release. */
export type Verdict = {
  class: string;
  /** Whether a blocked step resumes by itself when the cause goes away. */
  heals: boolean;
  /** Whether the decision `retry` can help without another input. */
  retryHelps: boolean;
  /** Who can remove the cause. */
  who: string;
  remedy: string;
};

export type StepFailure = Verdict & {
  /** As the worker named it. */
  type: string;
  message: string;
  /** Whether no request of it can take effect any more. */
  settled: boolean;
  /** How often it was tried, as the last attempt says; unknown where that never ended. */
  attempts?: number;
  /** Of a probe: looks at the step since it blocked. */
  looks?: number;
  /** Input with which a retry gets past the cause, where one is known. */
  retryWith?: Record<string, string>;
  /** The input of the retry was refused, and nothing tried with it. */
  inputRefused?: boolean;
  /** Its turn under Azure's budget has not come. */
  awaitsTurn?: TurnDetails;
};

/**
 * Of a failure that says nothing about itself, since no activity of ours made it: a timeout of Temporal's, an activity that
 * the worker does not know. It must never change: on replay it decides again what it decided when the failure came.
 */
const unsaid: Verdict = {
  class: 'transient',
  heals: true,
  retryHelps: true,
  who: 'on call',
  remedy: 'Check that a worker of the present release runs and reaches Azure. The step then resumes by itself.',
};

export const readFailure = ({ cause, message }: ActivityFailure): StepFailure => {
  if (cause instanceof ApplicationFailure) {
    return {
      type: cause.type ?? 'Unexpected',
      message: cause.message,
      ...readDetails(cause.details?.[0], cause.details?.[1]),
    };
  }
  if (cause instanceof TimeoutFailure) {
    const what = 'no attempt ended: no worker was available, workers died, or Azure never answered';
    return { type: 'AzureUnavailable', message: `${what} (${cause.message})`, ...unsaid, settled: false };
  }
  return { type: 'Unexpected', message, ...unsaid, settled: false };
};

type Said = Omit<StepFailure, 'type' | 'message'>;

/** A worker of another release may leave something out. */
const readDetails = (details: unknown, turn: unknown): Said => {
  const said = (typeof details === 'object' && details !== null ? details : {}) as Partial<FailureDetails>;
  const { attempts, looks, retryWith } = said;
  return {
    class: said.class ?? unsaid.class,
    heals: said.heals ?? unsaid.heals,
    retryHelps: said.retryHelps ?? unsaid.retryHelps,
    who: said.who ?? unsaid.who,
    remedy: said.remedy ?? unsaid.remedy,
    settled: said.settled === true,
    ...(attempts === undefined ? {} : { attempts }),
    ...(looks === undefined ? {} : { looks }),
    ...(retryWith === undefined ? {} : { retryWith }),
    ...(said.inputRefused === true ? { inputRefused: true } : {}),
    ...(said.awaitsTurn === true && turn !== undefined ? { awaitsTurn: turn as TurnDetails } : {}),
  };
};
