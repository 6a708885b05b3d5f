/**
 * Every request to Resource Manager waits for its turn before it is sent: an attempt that is refused in its middle would throw away
 * what it has spent, and begin again together with all the others.
 */
import { setTimeout } from 'node:timers/promises';
import { isRestError, type PipelinePolicy, type PipelineResponse } from '@azure/core-rest-pipeline';
import { readRetryAfter } from '../pipeline.ts';
import { afterAnswer, afterRefusal, settled, type Level } from './level.ts';
import { admit, emptyQueue, enqueue, expectedTurn, leave, levelOf, type Queue } from './queue.ts';
import { budgetNamed, budgetsOf, kindOfBudget } from './requests.ts';

/** The requester of a turn, and how long it may wait here. */
export type Ask = {
  /** Lower goes first. */
  urgency: number;
  /** When the work that the request belongs to began, milliseconds since the epoch: goes first among equals. */
  since: number;
  /** Longest wait in place, milliseconds. Work whose turn is later comes again. */
  mayWait: number;
  signal: AbortSignal;
  /** Called now and then while it is waited. */
  onWait: () => void;
};

/** Nothing was sent: the turn comes later than it may be waited for here. */
export class NoTurn extends Error {
  /** When it is worth coming again, milliseconds from now. */
  readonly afterMs: number;

  constructor(budgets: readonly string[], afterMs: number) {
    const which = budgets.map(kindOfBudget).join(' and ');
    super(`waits for its turn: Azure's budget of ${which} is spent for the moment`);
    this.name = 'NoTurn';
    this.afterMs = afterMs;
  }
}

/** The time that turns are measured by, and a pause in it, which ends early when `woken` resolves or the signal is aborted. */
export type TurnClock = {
  now: () => number;
  pause: (ms: number, woken: Promise<unknown>, signal: AbortSignal) => Promise<void>;
};

/** The process's own time, which only goes forward. */
export const ownClock: TurnClock = {
  now: () => performance.now(),
  pause: async (ms, woken, signal) => {
    const ended = new AbortController();
    const pause = setTimeout(ms, undefined, { signal: AbortSignal.any([signal, ended.signal]) }).catch(() => undefined);
    await Promise.race([pause, woken]);
    ended.abort();
  },
};

/** Receives the state of budgets, by their kinds. */
export type OnTurn = {
  /** A request was sent after waiting so many milliseconds. */
  sent: (kind: string, waitedMs: number) => void;
  refused: (kind: string) => void;
  /** How many requests the budget allows at once, and how many wait for it. */
  stands: (kind: string, level: number, waiting: number) => void;
};

/** Longest between two looks at a queue: a request that waits shows for so long that it is alive. */
const longestPause = 5000;
const shortestPause = 20;

export type Admission = {
  /**
   * Resolves when the request may be sent. @returns to be told what came of it, whatever that is
   * @throws NoTurn · the reason of the signal
   */
  enter: (budgets: readonly string[], ask: Ask) => Promise<(answer?: PipelineResponse) => void>;
};

/** One for a process. Its memory is a level for each budget, and those who wait. */
export const createAdmission = ({ now, pause }: TurnClock, onTurn?: OnTurn): Admission => {
  let queue: Queue = emptyQueue;
  let asked = 0;
  const turns = new Map<number, () => void>();

  const pump = (): void => {
    const admission = admit(queue, budgetNamed, now());
    ({ queue } = admission);
    for (const { id } of admission.admitted) {
      turns.get(id)?.();
      turns.delete(id);
    }
  };

  const report = (budgets: readonly string[]): void => {
    if (!onTurn) return;
    for (const name of budgets) {
      const { tokens } = levelOf(queue, name, budgetNamed, now());
      const waiting = queue.waiting.filter((request) => request.budgets.includes(name)).length;
      onTurn.stands(kindOfBudget(name), tokens, waiting);
    }
  };

  const change = (name: string, to: (level: Level) => Level): void => {
    const level = levelOf(queue, name, budgetNamed, now());
    queue = { ...queue, levels: new Map(queue.levels).set(name, to(level)) };
  };

  const hear = (budgets: readonly string[], sentThen: ReadonlyMap<string, number>, answer?: PipelineResponse): void => {
    const refused = answer?.status === 429 ? refusedBudgets(budgets, answer) : [];
    for (const name of budgets) {
      const budget = budgetNamed(name);
      if (!answer || (answer.status === 429 && !refused.includes(name))) {
        change(name, (level) => settled(level, budget, now()));
      } else if (refused.includes(name)) {
        const retryAfterMs = readRetryAfter(answer.headers.get('retry-after'));
        change(name, (level) => afterRefusal(level, budget, retryAfterMs, now()));
        onTurn?.refused(kindOfBudget(name));
      } else {
        const told = { remaining: remainingIn(answer, name), sentThen: sentThen.get(name) ?? 0 };
        change(name, (level) => afterAnswer(level, budget, told, now()));
      }
    }
    pump();
    report(budgets);
  };

  return {
    enter: async (budgets, { urgency, since, mayWait, signal, onWait }) => {
      const id = ++asked;
      const askedAt = now();
      const until = askedAt + mayWait;
      const turn = Promise.withResolvers<void>();
      turns.set(id, turn.resolve);
      queue = enqueue(queue, { id, budgets, urgency, since });
      pump();
      report(budgets);
      try {
        while (turns.has(id)) {
          const wait = expectedTurn(queue, id, budgetNamed, now()) - now();
          if (now() + wait > until) throw new NoTurn(budgets, wait);
          await pause(Math.min(Math.max(wait, shortestPause), longestPause), turn.promise, signal);
          signal.throwIfAborted();
          onWait();
          pump();
        }
      } catch (error) {
        if (turns.delete(id)) {
          queue = leave(queue, id);
          pump();
        } else hear(budgets, new Map());
        throw error;
      }
      for (const name of budgets) onTurn?.sent(kindOfBudget(name), now() - askedAt);
      report(budgets);
      const sentThen = new Map(budgets.map((name) => [name, queue.levels.get(name)?.sent ?? 0]));
      return (answer) => hear(budgets, sentThen, answer);
    },
  };
};

/**
 * Returns the budget that a refusal pauses. Resource Manager names itself as the refusing gateway. A provider has a short and a
 * long window: a long wait is for the long one.
 */
const refusedBudgets = (budgets: readonly string[], { headers, bodyAsText }: PipelineResponse): readonly string[] => {
  const [ofResourceManager = '', ...ofProvider] = budgets;
  const isProviders = headers.get('x-ms-failure-cause') === 'service' || !isOfResourceManager(bodyAsText ?? '');
  if (!isProviders || ofProvider.length === 0) return [ofResourceManager];
  const isLong = (readRetryAfter(headers.get('retry-after')) ?? 0) > shortWindow;
  return [isLong ? (ofProvider.at(-1) ?? '') : (ofProvider[0] ?? '')];
};

/** Codes: "Understand how Azure Resource Manager throttles requests" (Azure docs); a provider's limit may come under the same code. */
const isOfResourceManager = (body: string): boolean =>
  /(?:Subscription|Tenant)RequestsThrottled/.test(body) && !/backend/i.test(body);

/** Longer than the short windows of a provider, milliseconds. */
const shortWindow = 5000;

/** What Resource Manager says is left of the budget that the request has drawn from. */
const remainingIn = ({ headers }: PipelineResponse, name: string): number | undefined => {
  const left = Number(headers.get(`x-ms-ratelimit-remaining-subscription-${kindOfBudget(name)}`) ?? Number.NaN);
  return Number.isFinite(left) && left >= 0 ? left : undefined;
};

/** @param ask for the request that is about to be sent */
export const admissionPolicy = (armEndpoint: string, { enter }: Admission, ask: () => Ask): PipelinePolicy => ({
  name: 'aseAdmission',
  sendRequest: async (request, next) => {
    const budgets = new URL(request.url).origin === armEndpoint ? budgetsOf(request.method, request.url) : [];
    if (budgets.length === 0) return next(request);
    const tell = await enter(budgets, ask());
    let answer: PipelineResponse | undefined;
    try {
      answer = await next(request);
      return answer;
    } catch (error) {
      // The clients make errors of refusals before they come here.
      answer = isRestError(error) ? error.response : undefined;
      throw error;
    } finally {
      tell(answer);
    }
  },
});
