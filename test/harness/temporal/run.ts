import {
  WorkflowNotFoundError,
  type Payload,
  type QueryDefinition,
  type SignalDefinition,
  type UpdateDefinition,
} from '@temporalio/common';
import type { Children, Ending } from './children.ts';
import { addToBatch, inCoreOrder, terminalLast, type Batch } from './core.ts';
import { eventsOfCommand, eventsOfTask, refusedUpdates, type History, type RecordEntry } from './history.ts';
import { decodeSearchAttributes, type Command, type Identity, type Job } from './internals.ts';
import { decode, encodeAll, toError } from './payloads.ts';
import type { Pending, PendingActivity, PendingTimer } from './pending.ts';
import type { Session } from './session.ts';
import { createUpdates, type UpdateHandle } from './updates.ts';

export type Outcome =
  | { status: 'completed'; value: unknown }
  | { status: 'failed'; error: Error }
  | { status: 'cancelled' }
  | { status: 'terminated'; reason: string }
  | { status: 'continued' };

type Parts = {
  identity: Identity;
  history: History;
  pending: Pending;
  session: Session;
  children: Children;
  onClosed: (ending: Ending) => Promise<void>;
};

/** One workflow run, as a client sees it and as a server drives it. */
export class Run {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly runId: string;
  outcome: Outcome | undefined;
  /** Current values by name, as they travel. */
  readonly searchAttributeFields: Record<string, Payload> = {};
  readonly #parts: Parts;
  readonly #updates = createUpdates();
  readonly #inbox: Job[] = [];
  #owesTask = false;
  #cancelRequested = false;
  #turn: Promise<unknown> = Promise.resolve();
  #brokenBy: unknown;

  constructor(parts: Parts) {
    const { workflowType, workflowId, runId } = parts.identity;
    this.workflowType = workflowType;
    this.workflowId = workflowId;
    this.runId = runId;
    this.#parts = parts;
  }

  /** Current values by name; a Datetime is a Date. */
  get searchAttributes(): Record<string, unknown> {
    return Object.fromEntries(
      decodeSearchAttributes(this.searchAttributeFields).map(({ key, value }) => [key.name, value]),
    );
  }
  /** Everything that a history, a web page or a caller of this run would show, decoded; for searches. */
  get record(): readonly RecordEntry[] {
    return this.#parts.history.record;
  }
  /** How many events a server would have written. */
  get historyEvents(): number {
    return this.#parts.history.events;
  }
  get pendingActivities(): PendingActivity[] {
    return this.#parts.pending.activities();
  }
  get pendingTimers(): PendingTimer[] {
    return this.#parts.pending.timers();
  }
  /** Whether something has arrived that no workflow task has taken yet. */
  get hasNews(): boolean {
    return !this.outcome && (this.#owesTask || this.#inbox.length > 0);
  }

  begin(input: Payload[], searchAttributes: Record<string, Payload>): void {
    this.#upsert(searchAttributes);
    const { workflowType, workflowId } = this;
    const indexedFields = { indexedFields: searchAttributes };
    this.receive(
      { initializeWorkflow: { workflowType, workflowId, arguments: input, searchAttributes: indexedFields } },
      0,
    );
  }

  signal<Args extends unknown[]>(signal: SignalDefinition<Args> | string, ...args: Args): Promise<void> {
    return this.deliver({ signalWorkflow: { signalName: nameOf(signal), input: encodeAll(args) } });
  }

  /** Resolves once the workflow has been told; the handle says what became of it. */
  update<Ret = unknown, Args extends unknown[] = unknown[]>(
    update: UpdateDefinition<Ret, Args> | string,
    ...args: Args
  ): Promise<UpdateHandle<Ret>> {
    return this.updateWithId(undefined, update, ...args);
  }

  /** The same id again is the same update, also after the workflow has closed. */
  async updateWithId<Ret = unknown, Args extends unknown[] = unknown[]>(
    id: string | undefined,
    update: UpdateDefinition<Ret, Args> | string,
    ...args: Args
  ): Promise<UpdateHandle<Ret>> {
    const known = id === undefined ? undefined : this.findUpdate(id);
    const handle = known ?? this.admitUpdate(id, nameOf(update), args);
    await this.work();
    return handle as UpdateHandle<Ret>;
  }

  findUpdate(id: string): UpdateHandle | undefined {
    return this.#updates.find(id);
  }

  /** Puts an update into the inbox for the next workflow task. */
  admitUpdate(id: string | undefined, name: string, args: unknown[]): UpdateHandle {
    this.#expectOpen();
    const { handle, job } = this.#updates.admit(id, name, args);
    this.#inbox.push(job);
    return handle;
  }

  query<Ret = unknown, Args extends unknown[] = unknown[]>(
    query: QueryDefinition<Ret, Args> | string,
    ...args: Args
  ): Promise<Ret> {
    return this.#inTurn(() => this.#parts.session.query(nameOf(query), args)) as Promise<Ret>;
  }

  async currentDetails(): Promise<string> {
    const metadata = (await this.query('__temporal_workflow_metadata')) as { currentDetails?: string };
    return metadata.currentDetails ?? '';
  }

  /** Asks the workflow to cancel itself. Again, or after its end, the server takes it without a word or an event. */
  async cancel(reason = ''): Promise<void> {
    if (this.outcome || this.#cancelRequested) return;
    this.#cancelRequested = true;
    await this.deliver({ cancelWorkflow: { reason } });
  }

  async terminate(reason = ''): Promise<void> {
    this.#expectOpen();
    await this.#inTurn(async () => {
      this.#parts.history.events++;
      await this.#close({ status: 'terminated', reason }, 'terminated');
    });
  }

  /** The worker's process dies and another takes over: its attempts never report, the workflow is replayed. */
  async crash(): Promise<void> {
    this.#parts.pending.workerDied();
    await this.#inTurn(async () => {
      if (!this.outcome) await this.#parts.session.rebuild();
    });
  }

  /** Something happens to the run, and the workflow is told at once. */
  async deliver(job: Job): Promise<void> {
    this.#expectOpen();
    this.receive(job, 1);
    await this.work();
  }

  /** Something has happened at the server, for the next workflow task. */
  receive(job: Job | undefined, events: number): void {
    if (this.outcome) return;
    this.#parts.history.events += events;
    if (job) this.#inbox.push(job);
    else this.#owesTask = true;
  }

  /** Workflow tasks until there is nothing left to tell. */
  work(): Promise<void> {
    return this.#inTurn(async () => {
      while (this.hasNews) await this.#workflowTask();
    });
  }

  /** One thing at a time; what arrives meanwhile waits for the next task. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(async () => {
      if (this.#brokenBy) throw this.#brokenBy;
      return action();
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #workflowTask(): Promise<void> {
    const { history, pending, session } = this.#parts;
    const jobs = inCoreOrder(this.#inbox.splice(0));
    this.#owesTask = false;
    const batch: Batch = { commands: [], answers: [] };
    try {
      for (let told = jobs; told.length > 0; told = batch.answers.splice(0))
        addToBatch(batch, await session.activate(told), pending);
    } catch (error) {
      this.#brokenBy = error;
      throw error;
    }
    if (!leavesNoTrace(jobs, batch.commands)) history.events += eventsOfTask;
    for (const command of terminalLast(batch.commands)) {
      if (command.updateResponse) history.events += this.#updates.respond(command.updateResponse);
      else {
        history.events += eventsOfCommand(command);
        await this.#carryOut(command);
      }
    }
    pending.afterTask();
  }

  #carryOut(command: Command): Promise<void> | void {
    const { pending, children } = this.#parts;
    const { userMetadata } = command;
    if (command.scheduleActivity) return pending.scheduleActivity(command.scheduleActivity, userMetadata);
    if (command.requestCancelActivity) return pending.cancelActivity(command.requestCancelActivity.seq ?? 0);
    if (command.startTimer) return pending.startTimer(command.startTimer, userMetadata);
    if (command.cancelTimer) return pending.cancelTimer(command.cancelTimer.seq ?? 0);
    if (command.upsertWorkflowSearchAttributes)
      return this.#upsert(command.upsertWorkflowSearchAttributes.searchAttributes?.indexedFields ?? {});
    if (command.setPatchMarker || command.modifyWorkflowProperties) return undefined;
    if (command.startChildWorkflowExecution) return children.start(command.startChildWorkflowExecution);
    if (command.completeWorkflowExecution)
      return this.#close({ status: 'completed', value: decode(command.completeWorkflowExecution.result) }, command);
    if (command.failWorkflowExecution)
      return this.#close({ status: 'failed', error: toError(command.failWorkflowExecution.failure ?? {}) }, command);
    if (command.cancelWorkflowExecution) return this.#close({ status: 'cancelled' }, command);
    if (command.continueAsNewWorkflowExecution) return this.#close({ status: 'continued' }, command);
    throw new Error(`not modelled: the command ${Object.keys(command).join()}`);
  }

  #upsert(fields: Record<string, Payload>): void {
    for (const [name, payload] of Object.entries(fields))
      if (decode(payload) === null) delete this.searchAttributeFields[name];
      else this.searchAttributeFields[name] = payload;
  }

  async #close(outcome: Outcome, ending: Ending): Promise<void> {
    const { pending, session, onClosed } = this.#parts;
    this.outcome = outcome;
    pending.workflowClosed();
    this.#updates.abandon();
    await session.close();
    await onClosed(ending);
  }

  #expectOpen(): void {
    if (this.outcome)
      throw new WorkflowNotFoundError('workflow execution already completed', this.workflowId, this.runId);
  }
}

const nameOf = (definition: string | { name: string }): string =>
  typeof definition === 'string' ? definition : definition.name;

/** The server forgets a task that only carried updates, when the workflow refused them all. */
const leavesNoTrace = (jobs: readonly Job[], commands: readonly Command[]): boolean =>
  jobs.length > 0 && jobs.every(({ doUpdate }) => doUpdate) && commands.length === refusedUpdates(jobs, commands).size;
