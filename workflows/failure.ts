/** The one maker of failures in workflow code. */
import { ApplicationFailure } from '@temporalio/workflow';
import { Refusal, type FailureType } from '../domain/failures.ts';

/** Why a message was refused; the procedure itself goes on. */
export type MessageRefusal = 'ConsentRefused' | 'DecisionRefused' | 'TooManyWaiters';

export const nonRetryable = (type: FailureType | MessageRefusal, message: string, ...details: unknown[]) => {
  const failure = ApplicationFailure.nonRetryable(message, type, ...details);
  // Temporal's UI shows people the stack below the message, with paths of the worker's machine: it is no defect of ours.
  delete failure.stack;
  return failure;
};

/** A refusal of ours as Temporal knows failures; any other error as it is. */
export const asFailure = (error: unknown): unknown =>
  error instanceof Refusal ? nonRetryable(error.type, error.message) : error;

/** Reads a message whose sender is told why it is refused. */
export const readOrThrow = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    throw asFailure(error);
  }
};

/** Reads a message whose sender hears nothing. */
export const readOrRefusal = <T>(read: () => T): T | Refusal => {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
};
