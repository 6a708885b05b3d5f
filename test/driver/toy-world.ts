import { fileURLToPath } from 'node:url';
import { VirtualClock } from '../harness/clock.ts';
import {
  bundleForTests,
  loadWorkflows,
  VirtualTemporal,
  type Activities,
  type Run,
} from '../harness/temporal/index.ts';
import { createToyActivities } from './activities.ts';

const toyWorkflowsPath = fileURLToPath(new URL('workflows.ts', import.meta.url));
const workflows = await loadWorkflows(await bundleForTests(toyWorkflowsPath), ['succeed']);

type ToyWorld = {
  clock: VirtualClock;
  temporal: VirtualTemporal;
  start: (workflow: string, ...args: unknown[]) => Promise<Run>;
  /** Milliseconds since the world began. */
  elapsed: () => number;
};

/** A driver with the toy workflows; the toy activities may be joined or replaced. */
export function createToyWorld(more: (temporal: VirtualTemporal) => Activities = () => ({})): ToyWorld {
  const clock = new VirtualClock();
  const began = clock.now();
  const activities: Record<string, Activities[string]> = {};
  const temporal = new VirtualTemporal({ workflows, clock, activities });
  Object.assign(
    activities,
    createToyActivities((ms) => temporal.sleep(ms)),
    more(temporal),
  );
  return {
    clock,
    temporal,
    start: (workflow, ...args) => temporal.start(workflow, args, { workflowId: workflow }),
    elapsed: () => clock.now() - began,
  };
}

/** What the run returned; throws what it failed with. */
export function valueOf({ outcome }: Run): unknown {
  if (outcome?.status === 'completed') return outcome.value;
  throw outcome?.status === 'failed' ? outcome.error : new Error(`the run is ${outcome?.status ?? 'open'}`);
}
