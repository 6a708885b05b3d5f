import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Budget } from '../../../azure/budgets/level.ts';
import {
  admit,
  emptyQueue,
  enqueue,
  expectedTurn,
  leave,
  type Queue,
  type Waiting,
} from '../../../azure/budgets/queue.ts';

const slow: Budget = { size: 1, perSecond: 1, reserve: 0 };
const wide: Budget = { size: 100, perSecond: 100, reserve: 0 };
const budgetNamed = (name: string): Budget => (name === 'slow' ? slow : wide);

const waiting = (id: number, request: Partial<Waiting> = {}): Waiting => ({
  id,
  budgets: ['slow'],
  urgency: 1,
  since: 0,
  ...request,
});

const queueOf = (...requests: Waiting[]): Queue => requests.reduce(enqueue, emptyQueue);

/** Ids in the order in which they are let in, looked at every tenth of a second. */
const orderOf = (queue: Queue): number[] => {
  const order: number[] = [];
  let rest = queue;
  for (let now = 0; rest.waiting.length > 0; now += 100) {
    const admission = admit(rest, budgetNamed, now);
    order.push(...admission.admitted.map(({ id }) => id));
    rest = admission.queue;
    // Their answers come before the next look.
    rest = { ...rest, levels: new Map([...rest.levels].map(([name, level]) => [name, { ...level, inFlight: 0 }])) };
  }
  return order;
};

suite('a queue for the budgets of Azure lets in', () => {
  test('the more urgent first, then who has waited longer, then who came first', () => {
    const queue = queueOf(
      waiting(1),
      waiting(2, { urgency: 0, since: 9 }),
      waiting(3),
      waiting(4, { urgency: 0, since: 5 }),
    );
    assert.deepEqual(orderOf(queue), [4, 2, 1, 3]);
  });

  test('those behind one that waits for a budget which they do not need', () => {
    const queue = queueOf(waiting(1), waiting(2, { budgets: ['wide', 'slow'] }), waiting(3, { budgets: ['wide'] }));
    const { admitted, wakeAt } = admit(queue, budgetNamed, 0);
    assert.deepEqual(
      admitted.map(({ id }) => id),
      [1, 3],
    );
    assert.ok(wakeAt !== undefined && wakeAt > 0);
  });

  test('nobody who has left', () => {
    assert.deepEqual(orderOf(leave(queueOf(waiting(1), waiting(2)), 1)), [2]);
  });
});

test('the expected turn of one in a queue comes after all before it', () => {
  const { queue } = admit(queueOf(waiting(1), waiting(2), waiting(3), waiting(4)), budgetNamed, 0);
  const answered = {
    ...queue,
    levels: new Map([...queue.levels].map(([name, level]) => [name, { ...level, inFlight: 0 }])),
  };
  assert.deepEqual(
    [2, 3, 4].map((id) => expectedTurn(answered, id, budgetNamed, 0)),
    [1000, 2000, 3000],
  );
});
