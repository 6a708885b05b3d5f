/** Names that may be typed, in the order of their tables: of steps, of what blocks them, and of procedures. */
import { failures, type FailureEntry } from '../domain/failures.ts';
import { steps } from '../workflows/steps.ts';

export { procedureNames } from './procedures.ts';

export const stepNames: readonly string[] = Object.keys(steps);

/** A fatal failure ends an operation, and blocks none. */
export const blockingFailures: readonly string[] = Object.entries<FailureEntry>(failures).flatMap(([type, entry]) =>
  entry.class === 'fatal' ? [] : [type],
);
