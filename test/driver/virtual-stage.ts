import { VirtualClock } from '../harness/clock.ts';
import { VirtualTemporal, type Run, type UpdateHandle, type Workflows } from '../harness/temporal/index.ts';
import { createToyActivities } from './activities.ts';
import { asText, describe, messageOf, type Actor, type Report, type Scenario, type SentUpdate } from './stage.ts';

/** Plays a scenario in the driver. */
export async function playInVirtualTime(workflows: Workflows, scenario: Scenario): Promise<Report> {
  const workflowId = scenario.name;
  const temporal: VirtualTemporal = new VirtualTemporal({
    workflows,
    clock: new VirtualClock(),
    activities: createToyActivities((ms) => temporal.sleep(ms)),
  });
  const run = await temporal.start(scenario.workflow, scenario.args ?? [], { workflowId });
  const seen = await scenario.play?.(actor(temporal, run));
  const outcome = await endOf(temporal, workflowId);
  const { searchAttributes, historyEvents } = latest(temporal, workflowId);
  return { outcome, seen, attributes: searchAttributes, historyEvents };
}

const latest = (temporal: VirtualTemporal, workflowId: string): Run => {
  const run = temporal.runs.get(workflowId);
  if (!run) throw new Error(`no run under ${workflowId}`);
  return run;
};

async function endOf(temporal: VirtualTemporal, workflowId: string): Promise<string> {
  await temporal.runUntil(() => latest(temporal, workflowId).outcome !== undefined);
  const { outcome } = latest(temporal, workflowId);
  if (outcome?.status === 'completed') return `got ${JSON.stringify(outcome.value)}`;
  if (outcome?.status === 'failed') return describe(outcome.error);
  return outcome?.status ?? 'open';
}

function actor(temporal: VirtualTemporal, run: Run): Actor {
  const { workflowId } = run;
  async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await holds())) if (!(await temporal.step())) throw new Error('nothing more will happen');
  }
  /** A real client waits while time passes; here somebody has to make it pass. */
  async function inTime(end: Promise<string>): Promise<string> {
    let text: string | undefined;
    const settled = end.then((value) => (text = value));
    await until(async () => {
      await new Promise(setImmediate);
      return text !== undefined;
    });
    return settled;
  }
  async function sent(sending: Promise<UpdateHandle>): Promise<SentUpdate> {
    const end = asText(sending.then(({ result }) => result));
    await Promise.allSettled([sending]);
    return { end: () => inTime(end) };
  }
  return {
    signal: (name, ...args) => run.signal(name, ...args),
    update: (name, args, id) => sent(run.updateWithId(id, name, ...args)),
    query: (name) => run.query<string>(name).catch(messageOf),
    cancel: () => run.cancel(),
    terminate: () => run.terminate('for a test'),
    start: (workflow, args, conflictPolicy) =>
      temporal.start(workflow, args, { workflowId, conflictPolicy }).then((started) => {
        return started.runId === run.runId ? 'the same run' : 'a new run';
      }, describe),
    startWithUpdate: (workflow, args, conflictPolicy, update) =>
      sent(
        temporal
          .startWithUpdate(workflow, args, { workflowId, conflictPolicy }, update)
          .then(({ update: handle }) => handle),
      ),
    reaches: (phase) => until(async () => (await run.query('phase')) === phase),
    activityIs: (state) =>
      until(() => {
        const [activity] = run.pendingActivities;
        return activity !== undefined && (activity.nextAttemptAt === undefined) === (state === 'running');
      }),
    ends: () => endOf(temporal, workflowId),
  };
}
