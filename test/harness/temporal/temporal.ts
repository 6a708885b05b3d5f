import {
  WorkflowExecutionAlreadyStartedError,
  type SearchAttributePair,
  type UpdateDefinition,
} from '@temporalio/common';
import type { VirtualClock } from '../clock.ts';
import { createAgenda, type Agenda } from './agenda.ts';
import { currentAttempt, type ActivityFunction } from './attempt.ts';
import { encodeSearchAttributes, type Workflows } from './internals.ts';
import { createLogs, type LogLine } from './logs.ts';
import { isOpen, openRun, type RunSpec, type World } from './open-run.ts';
import { encodeAll } from './payloads.ts';
import type { Run } from './run.ts';
import type { UpdateHandle } from './updates.ts';

export type Activities = Readonly<Record<string, ActivityFunction>>;

export type StartOptions = {
  workflowId: string;
  /** Whether a start under the id of an open run fails, as it does by default, or returns that run. */
  conflictPolicy?: 'FAIL' | 'USE_EXISTING';
  searchAttributes?: SearchAttributePair[];
};

type Options = {
  workflows: Workflows;
  clock: VirtualClock;
  activities: Activities;
  /** Gives the activities of the process that takes over. Default: the same ones. */
  afterCrash?: () => Activities;
  /** How many runs there were before, in a world that is gone on from: no run id comes twice. */
  runsBefore?: number;
};

/** More events than any scenario has: a run that does not come to rest. */
const mostSteps = 100_000;

/**
 * A Temporal server and its only worker in one process and in virtual time: real workflow code in the SDK's sandbox,
 * real activities in the SDK's activity context. Time passes only from one step to the next, never inside one.
 */
export class VirtualTemporal {
  readonly clock: VirtualClock;
  /** The latest run of each workflow id. */
  readonly runs = new Map<string, Run>();
  /** Which of the events due at one moment comes first; 0 is the oldest. */
  pick: (due: number) => number = () => 0;
  /** Whether a run with more events due at this moment waits for them before its next workflow task. */
  hold: () => boolean = () => false;
  readonly #agenda: Agenda;
  readonly #logs = createLogs();
  readonly #world: World;
  readonly #takeOver: () => void;

  constructor({ workflows, clock, activities: first, afterCrash, runsBefore = 0 }: Options) {
    let activities = first;
    this.#takeOver = () => {
      activities = afterCrash?.() ?? activities;
    };
    this.clock = clock;
    this.#agenda = createAgenda(clock);
    let runsOpened = runsBefore;
    this.#world = {
      clock,
      agenda: this.#agenda,
      logger: this.#logs.logger,
      workflows,
      runs: this.runs,
      nextNumber: () => ++runsOpened,
      activity(name) {
        const activity = activities[name];
        if (!activity) throw new Error(`the activity ${name} is not registered`);
        return activity;
      },
    };
  }

  /** What workflows, activities and the worker have logged at INFO and above. */
  get logs(): readonly LogLine[] {
    return this.#logs.lines;
  }

  async start(workflowType: string, args: readonly unknown[], options: StartOptions): Promise<Run> {
    const running = this.#runningUnder(options, workflowType);
    const run = running ?? (await openRun(this.#world, specOf(workflowType, args, options)));
    await run.work();
    return run;
  }

  /** The update travels with the start, and is handled in the workflow's first task. */
  async startWithUpdate<Ret = unknown, Args extends unknown[] = unknown[]>(
    workflowType: string,
    args: readonly unknown[],
    options: StartOptions,
    update: { name: UpdateDefinition<Ret, Args> | string; args: Args; id?: string },
  ): Promise<{ run: Run; update: UpdateHandle<Ret> }> {
    const latest = this.runs.get(options.workflowId);
    const known = update.id === undefined ? undefined : latest?.findUpdate(update.id);
    if (latest && known) return { run: latest, update: known as UpdateHandle<Ret> };
    const running = this.#runningUnder(options, workflowType);
    const run = running ?? (await openRun(this.#world, specOf(workflowType, args, options)));
    return { run, update: await run.updateWithId<Ret, Args>(update.id, update.name, ...update.args) };
  }

  /** The next event of the next moment; false when every open run waits for a message. */
  async step(): Promise<boolean> {
    const due = this.#agenda.take(this.pick);
    await due?.fire();
    let worked = false;
    for (const run of this.runs.values()) {
      if (!run.hasNews || (this.#agenda.hasMore(run.runId) && this.hold())) continue;
      await run.work();
      worked = true;
    }
    return due !== undefined || worked;
  }

  /** Steps until `done`, or without it until every open run waits for a message. */
  async runUntil(done?: () => boolean): Promise<void> {
    for (let steps = 0; steps < mostSteps; steps++) {
      if (done?.()) return;
      if (await this.step()) continue;
      if (done) throw new Error(`nothing more will happen: ${this.#openRuns()}`);
      return;
    }
    throw new Error(`no rest after ${mostSteps} steps`);
  }

  /** Has `action` happen after that many milliseconds of virtual time, whatever becomes of the runs. */
  later(delay: number, action: () => unknown): void {
    this.#agenda.add(delay, undefined, action);
  }

  /** Inside an activity: `Context.sleep` in virtual time, which rejects when the attempt is cancelled and ends when `woken` resolves. */
  sleep(delay: number, woken?: Promise<unknown>): Promise<void> {
    return currentAttempt().sleep(delay, woken);
  }

  /** Of the worker's process: something that takes so many milliseconds, and that any of its attempts may wait for. */
  stall(delay: number): Promise<void> {
    return this.#agenda.stalls.begin(delay);
  }

  /** Something has happened in the worker's process, while attempts may wait for a stall. */
  stir(): void {
    this.#agenda.stalls.stir();
  }

  /** Inside an activity: the worker's process dies here, or this attempt hangs for ever and times out. */
  interrupt(how: 'crash' | 'timeout'): Promise<never> {
    return currentAttempt().fallSilent(how === 'crash' ? this.crash() : Promise.resolve());
  }

  /** The worker's process dies, with every attempt and every sandbox in it, and another takes over at once. */
  async crash(): Promise<void> {
    this.#agenda.stalls.forget();
    this.#takeOver();
    for (const run of this.runs.values()) await run.crash();
  }

  #runningUnder({ workflowId, conflictPolicy = 'FAIL' }: StartOptions, workflowType: string): Run | undefined {
    const latest = this.runs.get(workflowId);
    if (!latest || !isOpen(latest)) return undefined;
    if (conflictPolicy === 'USE_EXISTING') return latest;
    throw new WorkflowExecutionAlreadyStartedError('Workflow execution already started', workflowId, workflowType);
  }

  #openRuns(): string {
    const open = [...this.runs.values()].filter(isOpen);
    return open.length === 0
      ? 'no run is open'
      : open.map(({ workflowId }) => `${workflowId} waits for a message`).join();
  }
}

const specOf = (
  workflowType: string,
  args: readonly unknown[],
  { workflowId, searchAttributes = [] }: StartOptions,
): RunSpec => ({
  workflowType,
  workflowId,
  input: encodeAll(args),
  searchAttributes: encodeSearchAttributes(searchAttributes),
});
