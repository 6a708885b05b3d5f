import type { VirtualClock } from '../clock.ts';
import type { Command, Job } from './internals.ts';
import { readable } from './payloads.ts';

/** One thing that a history, a web page or a caller of this run would show, with every payload decoded. */
export type RecordEntry = { at: number; what: string; value: unknown };

/** One activation as it went into the sandbox, and what came out: enough to replay it. */
export type RecordedActivation = {
  at: number;
  jobs: Job[];
  commands: Command[];
  flags: number[];
  historyLength: number;
};

export type History = {
  /** How many events a server would have written so far. */
  events: number;
  readonly activations: RecordedActivation[];
  readonly note: (what: string, value: unknown) => void;
  readonly record: readonly RecordEntry[];
};

export function createHistory(clock: VirtualClock): History {
  const notes: RecordEntry[] = [];
  const activations: RecordedActivation[] = [];
  return {
    events: 1,
    activations,
    note(what, value) {
      notes.push({ at: clock.now(), what, value });
    },
    /** Decoded when asked for: most runs are never read. */
    get record() {
      const tasks = activations.flatMap(({ at, jobs, commands }) => [
        ...jobs.map((value) => ({ at, what: 'job', value })),
        ...commands.map((value) => ({ at, what: 'command', value })),
      ]);
      return [...tasks, ...notes]
        .sort((a, b) => a.at - b.at)
        .map((entry) => ({ ...entry, value: readable(entry.value) }));
    },
  };
}

/** Events that the server writes for a command; for the answer to an update that depends. */
export function eventsOfCommand(command: Command): number {
  // A patch writes a marker and upserts TemporalChangeVersion.
  return command.setPatchMarker ? 2 : 1;
}

/** Scheduled, started, completed. */
export const eventsOfTask = 3;

/** The ids of updates that came with these jobs and were never accepted. */
export function refusedUpdates(jobs: readonly Job[], commands: readonly Command[]): Set<string> {
  const answered = (kind: 'accepted' | 'rejected'): Set<unknown> =>
    new Set(commands.flatMap(({ updateResponse: answer }) => (answer?.[kind] ? [answer.protocolInstanceId] : [])));
  const accepted = answered('accepted');
  const rejected = answered('rejected');
  const ids = jobs.flatMap(({ doUpdate }) => (doUpdate?.protocolInstanceId ? [doUpdate.protocolInstanceId] : []));
  return new Set(ids.filter((id) => rejected.has(id) && !accepted.has(id)));
}
