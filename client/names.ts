/** Names that may be typed, in the order of their tables: of steps, of what blocks them, and of procedures. */
import { failures, failureEntry, type FailureType } from '../domain/failures.ts';
import { steps } from '../workflows/steps.ts';

export { procedureNames } from './procedures.ts';

export const stepNames: readonly string[] = Object.keys(steps);

/** What is fatal ends an operation, and blocks none. */
export const blockingFailures: readonly string[] = Object.keys(failures).filter(
  (type) => failureEntry(type as FailureType).class !== 'fatal',
);
