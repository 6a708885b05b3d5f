import type { Info } from '@temporalio/activity';
import type { Logger } from '@temporalio/common';
import type { VirtualClock } from '../clock.ts';
import type { Agenda, Due } from './agenda.ts';
import { startAttempt, type ActivityFunction, type Attempt, type Ending } from './attempt.ts';
import { activityCancelled, activityFailed, timeoutFailure } from './failures.ts';
import { createHeartbeats, type Heartbeats } from './heartbeats.ts';
import { toMs, type ActivityResolution, type Failure, type ScheduleActivity } from './internals.ts';
import { decodeAll } from './payloads.ts';
import { afterFailure } from './retry.ts';

/** What an activity needs of its surroundings. */
export type ActivityHost = {
  readonly clock: VirtualClock;
  readonly agenda: Agenda;
  readonly logger: Logger;
  /** Whose events are dropped when the workflow closes. */
  readonly owner: string;
  readonly info: Pick<Info, 'workflowExecution' | 'workflowType'>;
  readonly activity: (name: string) => ActivityFunction;
  /** Something that a history would hold: a heartbeat, the failure of an attempt. */
  readonly note: (what: string, value: unknown) => void;
  /** The server closes the activity, and writes that many history events for it. */
  readonly closed: (execution: ActivityExecution, resolution: ActivityResolution, events: number) => void;
};

/** How long after the server the SDK's core itself gives up a timed-out attempt and cancels it. */
const localTimeoutBuffer = 5000;

type Running = { attempt: Attempt; heartbeats: Heartbeats; timer?: Due; heartbeatTimer?: Due };

/** One scheduled activity as the server and the worker see it: attempts, backoff, timeouts, heartbeats, cancellation. */
export class ActivityExecution {
  readonly command: ScheduleActivity;
  attempt = 1;
  nextAttemptAt: number | undefined;
  lastFailure: Failure | undefined;
  readonly #host: ActivityHost;
  readonly #scheduledAt: number;
  readonly #deadline: number;
  #backoff: Due | undefined;
  #running: Running | undefined;
  #cancelRequested = false;
  #heartbeatDetails: unknown;
  #lastApplicationFailure: Failure | undefined;

  constructor(command: ScheduleActivity, host: ActivityHost) {
    this.command = command;
    this.#host = host;
    this.#scheduledAt = host.clock.now();
    this.#deadline = this.#scheduledAt + (toMs(command.scheduleToCloseTimeout) ?? Infinity);
    this.#startIn(0);
  }

  get name(): string {
    return this.command.activityType ?? '';
  }

  /** A running attempt learns it with its next heartbeat. True when none runs: then the activity has yet to be closed. */
  requestCancel(): boolean {
    this.#cancelRequested = true;
    if (this.#backoff) this.#backoff.dropped = true;
    return !this.#running;
  }

  closeCancelled(): void {
    this.#host.closed(this, { cancelled: { failure: activityCancelled(this.command) } }, 1);
  }

  /** The worker's process is gone; the server does not know until a timeout tells it. */
  die(): void {
    this.#running?.attempt.die();
    this.#running?.heartbeats.stop();
  }

  /** The workflow has closed: a running attempt goes on until its next heartbeat is answered with "not found". */
  forget(): void {
    this.#running = undefined;
  }

  #startIn(delay: number): void {
    const { agenda, owner, clock } = this.#host;
    this.nextAttemptAt = clock.now() + delay;
    this.#backoff = agenda.add(delay, owner, () => this.#start());
  }

  #start(): Promise<void> {
    const { clock, agenda, logger } = this.#host;
    this.#backoff = this.nextAttemptAt = undefined;
    const heartbeats = createHeartbeats({
      clock,
      agenda,
      timeout: toMs(this.command.heartbeatTimeout),
      onSent: () => this.#heartbeatSent(running),
    });
    const attempt = startAttempt({
      activity: this.#host.activity(this.name),
      args: decodeAll(this.command.arguments),
      info: this.#info(),
      agenda,
      logger,
      onHeartbeat(details) {
        heartbeats.record(details);
      },
      onAwake: () => this.#proceed(running),
    });
    const running: Running = { attempt, heartbeats };
    this.#running = running;
    return this.#proceed(running);
  }

  #info(): Partial<Info> {
    const { activityId, taskQueue, startToCloseTimeout } = this.command;
    const heartbeatTimeoutMs = toMs(this.command.heartbeatTimeout);
    return {
      ...this.#host.info,
      activityType: this.name,
      activityId: activityId ?? '',
      attempt: this.attempt,
      taskQueue: taskQueue ?? '',
      ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }),
      heartbeatDetails: this.#heartbeatDetails,
      scheduledTimestampMs: this.#scheduledAt,
      currentAttemptScheduledTimestampMs: this.#host.clock.now(),
      startToCloseTimeoutMs: toMs(startToCloseTimeout) ?? this.#deadline - this.#scheduledAt,
      scheduleToCloseTimeoutMs: this.#deadline === Infinity ? 0 : this.#deadline - this.#scheduledAt,
    };
  }

  /** Also for attempts that the server has given up: their code goes on, their end is ignored. */
  async #proceed(running: Running): Promise<void> {
    const ending = await running.attempt.proceed();
    if (running !== this.#running) return;
    if (ending) this.#settle(running, ending);
    else if (!running.timer) this.#armTimeouts(running);
  }

  /** The server shortens the last attempt to what is left until the deadline. */
  #armTimeouts(running: Running): void {
    const { agenda, owner, clock } = this.#host;
    const delay = Math.min(toMs(this.command.startToCloseTimeout) ?? Infinity, this.#deadline - clock.now());
    running.timer = agenda.add(delay, owner, () => {
      this.#attemptTimedOut(running, 'StartToClose');
    });
    this.#awaitHeartbeat(running);
  }

  #awaitHeartbeat(running: Running): void {
    const timeout = toMs(this.command.heartbeatTimeout);
    if (running.heartbeatTimer) running.heartbeatTimer.dropped = true;
    if (timeout === undefined) return;
    const { agenda, owner } = this.#host;
    running.heartbeatTimer = agenda.add(timeout, owner, () => this.#attemptTimedOut(running, 'Heartbeat'));
  }

  #heartbeatSent(running: Running): Promise<void> | undefined {
    const { attempt, heartbeats } = running;
    this.#host.note('heartbeat', heartbeats.lastDetails({ unsent: false }));
    if (running !== this.#running) return attempt.cancel('NOT_FOUND', { notFound: true });
    if (running.heartbeatTimer) this.#awaitHeartbeat(running);
    return this.#cancelRequested ? attempt.cancel('CANCELLED', { cancelRequested: true }) : undefined;
  }

  #settle(running: Running, ending: Ending): void {
    this.#endAttempt(running, { unsent: 'failed' in ending });
    if ('completed' in ending) return this.#close({ completed: { result: ending.completed } });
    if ('cancelled' in ending) return this.#close({ cancelled: { failure: activityCancelled(this.command) } });
    this.#lastApplicationFailure = ending.failed;
    return this.#failed(ending.failed);
  }

  #attemptTimedOut(running: Running, type: 'StartToClose' | 'Heartbeat'): void {
    const { agenda } = this.#host;
    this.#endAttempt(running, { unsent: false });
    const { attempt } = running;
    if (attempt.alive)
      agenda.add(localTimeoutBuffer, undefined, () => attempt.cancel('TIMED_OUT', { notFound: true, timedOut: true }));
    this.#failed(timeoutFailure(type));
  }

  #endAttempt(running: Running, details: { unsent: boolean }): void {
    this.#heartbeatDetails = running.heartbeats.lastDetails(details) ?? this.#heartbeatDetails;
    running.heartbeats.stop();
    for (const timer of [running.timer, running.heartbeatTimer]) if (timer) timer.dropped = true;
    this.#running = undefined;
  }

  #failed(failure: Failure): void {
    this.#host.note('attempt failed', failure);
    const verdict = afterFailure(
      {
        policy: this.command.retryPolicy,
        attempt: this.attempt,
        deadline: this.#deadline,
        cancelRequested: this.#cancelRequested,
        previous: this.#lastApplicationFailure,
      },
      failure,
      this.#host.clock.now(),
    );
    if ('giveUp' in verdict)
      return this.#close({ failed: { failure: activityFailed(this.command, verdict.giveUp, verdict.cause) } });
    this.lastFailure = failure;
    this.attempt++;
    this.#startIn(verdict.retryIn);
  }

  /** Started and closed: the server writes the first only now, however many attempts there were. */
  #close(resolution: ActivityResolution): void {
    this.#host.closed(this, resolution, 2);
  }
}
