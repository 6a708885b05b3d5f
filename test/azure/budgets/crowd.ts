/** A crowd of requests in several processes under one bucket of Azure's, in virtual time: only what is sent, and when. */
import { afterAnswer, afterRefusal, fullLevel, type Budget } from '../../../azure/budgets/level.ts';
import { admit, emptyQueue, enqueue, type Queue } from '../../../azure/budgets/queue.ts';

/** How Azure behaves, whatever it publishes. */
export type Bucket = {
  size: number;
  perSecond: number;
  /** What answers say of the level. `wrong` says that the published bucket is full. */
  says: 'level' | 'nothing' | 'wrong';
  /** Whether refusals say when to come again. */
  saysWhen: boolean;
  /** Requests a second of somebody else under the same bucket, who waits for nobody. */
  neighbour: number;
  /** What the bucket holds when the crowd begins. */
  left: number;
};

export type Crowd = {
  processes: number;
  /** Requests, all asked for at once, spread over the processes. */
  requests: number;
  /** Milliseconds until an answer comes, by the number of the request. */
  latency: (request: number) => number;
};

export type Outcome = { doneAfterMs: number; refusals: number; neighbourTook: number };

type Event = { at: number; happen: () => unknown };

/** Each process has at most this many requests under way, as a worker has slots. */
const mostInFlight = 100;

/** @param patience virtual milliseconds after which the crowd is given up */
export const play = (published: Budget, bucket: Bucket, crowd: Crowd, patience = 6 * 3_600_000): Outcome => {
  const azure = { tokens: bucket.left, at: 0 };
  const events: Event[] = [];
  let now = 0;
  let refusals = 0;
  let done = 0;
  let neighbourTook = 0;

  const take = (): boolean => {
    const since = now - azure.at;
    azure.tokens = Math.min(bucket.size, azure.tokens + (since * bucket.perSecond) / 1000);
    azure.at = now;
    if (azure.tokens < 1) return false;
    azure.tokens -= 1;
    return true;
  };

  const later = (ms: number, happen: () => unknown): void => {
    const at = now + ms;
    let place = events.length;
    while (place > 0 && events[place - 1]!.at < at) place -= 1;
    events.splice(place, 0, { at, happen });
  };

  const openProcess = (first: number): void => {
    let queue: Queue = emptyQueue;
    let inFlight = 0;
    let wakes = 0;
    const level = () => queue.levels.get('b') ?? fullLevel(published, now);
    const setLevel = (next: ReturnType<typeof level>): void => {
      queue = { ...queue, levels: new Map([['b', next]]) };
    };
    const ask = (id: number, since: number): void => {
      queue = enqueue(queue, { id, budgets: ['b'], urgency: 0, since });
    };
    const settle = (id: number, since: number, sentThen: number): void => {
      const latency = crowd.latency(id);
      later(latency / 2, () => {
        const taken = take();
        const remaining =
          bucket.says === 'nothing' ? undefined : bucket.says === 'wrong' ? published.size : Math.floor(azure.tokens);
        const retryAfterMs = bucket.saysWhen
          ? Math.max(1000, Math.ceil(((1 - azure.tokens) * 1000) / bucket.perSecond / 1000) * 1000)
          : undefined;
        later(latency / 2, () => {
          inFlight -= 1;
          if (taken) {
            done += 1;
            setLevel(afterAnswer(level(), published, { remaining, sentThen }, now));
          } else {
            refusals += 1;
            setLevel(afterRefusal(level(), published, retryAfterMs, now));
            ask(id, since);
          }
          pump();
        });
      });
    };
    const pump = (): void => {
      if (inFlight >= mostInFlight) return;
      const room = mostInFlight - inFlight;
      const all = queue.waiting;
      const admission = admit({ ...queue, waiting: all.slice(0, room) }, () => published, now);
      queue = { levels: admission.queue.levels, waiting: [...admission.queue.waiting, ...all.slice(room)] };
      const { sent } = level();
      for (const [index, { id, since }] of admission.admitted.entries()) {
        inFlight += 1;
        settle(id, since, sent - admission.admitted.length + index + 1);
      }
      const { wakeAt = Number.POSITIVE_INFINITY } = admission;
      wakes += 1;
      const wake = wakes;
      if (wakeAt < Number.POSITIVE_INFINITY) later(Math.max(1, wakeAt - now), () => wake === wakes && pump());
    };
    for (let id = first; id < crowd.requests; id += crowd.processes) ask(id, 0);
    later(0, pump);
  };

  const disturb = (): void => {
    if (take()) neighbourTook += 1;
    later(1000 / bucket.neighbour, disturb);
  };

  for (let process = 0; process < crowd.processes; process += 1) openProcess(process);
  if (bucket.neighbour > 0) later(0, disturb);
  while (done < crowd.requests) {
    const event = events.pop();
    if (!event || event.at > patience) return { doneAfterMs: Number.POSITIVE_INFINITY, refusals, neighbourTook };
    now = event.at;
    event.happen();
  }
  return { doneAfterMs: now, refusals, neighbourTook };
};
