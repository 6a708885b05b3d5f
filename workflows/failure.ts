/** The one maker of failures in workflow code. */
import { ApplicationFailure } from '@temporalio/workflow';
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
