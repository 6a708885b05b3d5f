export { loadWorkflows, type Workflows } from './internals.ts';
export type { Outcome, Run } from './run.ts';
export { VirtualTemporal, type Activities, type StartOptions } from './temporal.ts';
export type { UpdateHandle } from './updates.ts';
export { bundleForTests } from './bundle.ts';
