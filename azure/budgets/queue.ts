/** Who may send next: a function of time, of the levels and of who waits. */
import { fullLevel, refilled, sentOne, turnAt, type Budget, type Level } from './level.ts';

/** A request that waits for its turn. */
export type Waiting = {
  id: number;
  /** Names of the budgets that it draws from; it needs a token of each. */
  budgets: readonly string[];
  /** Lower goes first. */
  urgency: number;
  /** When the work that it belongs to asked first, which goes first among equals. Milliseconds. */
  since: number;
};

export type Queue = {
  levels: ReadonlyMap<string, Level>;
  waiting: readonly Waiting[];
};

export const emptyQueue: Queue = { levels: new Map(), waiting: [] };

/** How large a budget is by its name. */
export type BudgetNamed = (name: string) => Budget;

const before = (one: Waiting, other: Waiting): boolean =>
  one.urgency < other.urgency ||
  (one.urgency === other.urgency && (one.since < other.since || (one.since === other.since && one.id < other.id)));

/** In order. */
export const enqueue = ({ levels, waiting }: Queue, request: Waiting): Queue => {
  const place = waiting.findIndex((other) => before(request, other));
  return { levels, waiting: waiting.toSpliced(place === -1 ? waiting.length : place, 0, request) };
};

export const leave = ({ levels, waiting }: Queue, id: number): Queue => ({
  levels,
  waiting: waiting.filter((request) => request.id !== id),
});

/** Returns the level of a budget; one that nothing was sent under is full. */
export const levelOf = (
  { levels }: Pick<Queue, 'levels'>,
  name: string,
  budgetNamed: BudgetNamed,
  now: number,
): Level => levels.get(name) ?? fullLevel(budgetNamed(name), now);

const latestOf = (now: number, names: readonly string[], turnOf: (name: string) => number): number =>
  names.reduce((latest, name) => Math.max(latest, turnOf(name)), now);

export type Admission = {
  queue: Queue;
  /** Those whose turn it is now, in order. */
  admitted: readonly Waiting[];
  /** When the next turn comes, as far as is known; undefined when nobody waits. */
  wakeAt?: number;
};

/**
 * Admits each request that has a turn in all its budgets. A request that waits for one budget does not block requests behind
 * it that need other budgets, and no request overtakes it in its own.
 */
export const admit = (queue: Queue, budgetNamed: BudgetNamed, now: number): Admission => {
  const levels = new Map(queue.levels);
  const levelNow = (name: string): Level => levelOf({ levels }, name, budgetNamed, now);
  const admitted: Waiting[] = [];
  const waiting: Waiting[] = [];
  let wakeAt = Number.POSITIVE_INFINITY;
  for (const request of queue.waiting) {
    const turn = latestOf(now, request.budgets, (name) => turnAt(levelNow(name), budgetNamed(name), now));
    if (turn <= now) {
      admitted.push(request);
      for (const name of request.budgets) levels.set(name, sentOne(levelNow(name), budgetNamed(name), now));
      continue;
    }
    waiting.push(request);
    wakeAt = Math.min(wakeAt, turn);
  }
  return { queue: { levels, waiting }, admitted, ...(waiting.length > 0 ? { wakeAt } : {}) };
};

/**
 * Returns the expected time of the turn of a waiting request: all requests before it in its budgets go first, at the rate at
 * which the budget fills.
 */
export const expectedTurn = ({ levels, waiting }: Queue, id: number, budgetNamed: BudgetNamed, now: number): number => {
  const place = waiting.findIndex((request) => request.id === id);
  const ahead = waiting.slice(0, Math.max(0, place));
  const expected = (name: string): number => {
    const budget = budgetNamed(name);
    const level = levelOf({ levels }, name, budgetNamed, now);
    const next = turnAt(level, budget, now);
    const before = ahead.filter(({ budgets }) => budgets.includes(name)).length;
    const { tokens, share } = refilled(level, budget, now);
    const missing = Math.max(0, before + 1 - Math.max(1, tokens));
    // One that waits for the answers to others is next as soon as they are there.
    return (next === Number.POSITIVE_INFINITY ? now : next) + (missing * 1000) / (budget.perSecond * share);
  };
  return latestOf(now, waiting[place]?.budgets ?? [], expected);
};
