/** Temporal in one process and in virtual time, for tests. */
export { bundleForTests } from './bundle.ts';
export type { RecordEntry } from './history.ts';
export { loadWorkflows, type Workflows } from './internals.ts';
export type { LogLine } from './logs.ts';
export type { PendingActivity, PendingTimer } from './pending.ts';
export type { Outcome, Run } from './run.ts';
export { VirtualTemporal, type Activities, type StartOptions } from './temporal.ts';
export type { UpdateHandle } from './updates.ts';
