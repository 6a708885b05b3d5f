import { asText, type Scenario } from './stage.ts';

const failing = (times: number, more: object = {}) => ({ activity: 'fail', args: [{ times, ...more }] });
const hanging = (ms: number, more: object = {}) => ({ activity: 'hang', args: [{ ms, ...more }] });
const often = { maximumAttempts: 3, initialInterval: '1s', backoffCoefficient: 1 };
const forEver = { initialInterval: '30s' };
const wait = { cancellationType: 'WAIT_CANCELLATION_COMPLETED' };

/** Activities without anybody beside them. */
const alone: Scenario[] = [
  { name: 'an activity that succeeds', args: [{ activity: 'succeed', args: [{ deep: [1, null, 'x'] }] }] },
  { name: 'an activity that returns nothing', args: [{ activity: 'succeed', args: [] }] },
  { name: 'a non-retryable failure', args: [failing(9, { nonRetryable: true, type: 'Bad' })] },
  { name: 'a non-retryable type', args: [failing(9, { type: 'Bad' }), { retry: { nonRetryableErrorTypes: ['Bad'] } }] },
  { name: 'a plain error', args: [{ activity: 'failPlainly', args: [] }, { retry: { maximumAttempts: 1 } }] },
  { name: 'attempts spent', args: [failing(9), { retry: often }] },
  { name: 'success at the third attempt', args: [failing(2), { retry: often }] },
  {
    name: 'no attempt fits before the deadline',
    args: [failing(9), { scheduleToCloseTimeout: '3900ms', retry: { initialInterval: '2s', backoffCoefficient: 1 } }],
  },
  { name: 'a next retry delay', args: [failing(1, { nextRetryDelay: 2000 }), { retry: forEver }] },
  {
    name: 'a next retry delay past the deadline',
    args: [failing(9, { nextRetryDelay: 50_000 }), { scheduleToCloseTimeout: '9s' }],
  },
  { name: 'a next retry delay of zero', args: [failing(9, { nextRetryDelay: 0 })] },
  {
    name: 'start-to-close, attempts spent',
    args: [hanging(3000), { startToCloseTimeout: '1s', retry: { ...often, maximumAttempts: 2 } }],
  },
  {
    name: 'start-to-close, then no time left',
    args: [hanging(3000), { startToCloseTimeout: '1s', scheduleToCloseTimeout: '1.8s' }],
  },
  { name: 'schedule-to-close in the middle of an attempt', args: [hanging(3000), { scheduleToCloseTimeout: '1s' }] },
  {
    name: 'schedule-to-close in the middle of a second attempt',
    args: [
      { activity: 'failThenHang', args: [3000] },
      { scheduleToCloseTimeout: '2500ms', retry: often },
    ],
  },
  {
    name: 'a timeout after a failure, attempts spent',
    args: [
      { activity: 'failThenHang', args: [3000] },
      { startToCloseTimeout: '1s', retry: { ...often, maximumAttempts: 2 } },
    ],
  },
  {
    name: 'a timeout after a failure, no time left',
    args: [
      { activity: 'failThenHang', args: [3000] },
      { startToCloseTimeout: '1s', scheduleToCloseTimeout: '2800ms' },
    ],
  },
  {
    name: 'a heartbeat that does not come',
    args: [hanging(3000), { heartbeatTimeout: '1s', retry: { maximumAttempts: 1 } }],
  },
  {
    name: 'heartbeats that come',
    args: [hanging(4500, { heartbeatEvery: 500 }), { heartbeatTimeout: '3s', retry: { maximumAttempts: 1 } }],
  },
  {
    name: 'heartbeat details for the next attempt',
    args: [
      { activity: 'resume', args: [] },
      { heartbeatTimeout: '5s', retry: often },
    ],
  },
].map((scenario) => ({ ...scenario, workflow: 'one' }));

/** What becomes of an activity that is cancelled, by whom and in what state. */
const cancelled: Scenario[] = [];
for (const cancellationType of ['WAIT_CANCELLATION_COMPLETED', 'TRY_CANCEL', 'ABANDON']) {
  const backingOff = [failing(1), { cancellationType, retry: { ...often, initialInterval: '20s' } }];
  const running = [hanging(9000, { heartbeatEvery: 300 }), { cancellationType, heartbeatTimeout: '4s' }];
  cancelled.push(
    {
      name: `${cancellationType}: the workflow is cancelled in backoff`,
      workflow: 'unguarded',
      args: backingOff,
      async play({ activityIs, cancel }) {
        await activityIs('backing off');
        await cancel();
      },
    },
    {
      name: `${cancellationType}: the workflow is cancelled during an attempt`,
      workflow: 'unguarded',
      args: running,
      async play({ activityIs, cancel }) {
        await activityIs('running');
        await cancel();
      },
    },
    {
      name: `${cancellationType}: a signal beats a probe in backoff`,
      workflow: 'probe',
      args: backingOff,
      async play({ activityIs, signal }) {
        await activityIs('backing off');
        await signal('done');
      },
    },
    {
      name: `${cancellationType}: a signal beats a running probe`,
      workflow: 'probe',
      args: [hanging(5100, { heartbeatEvery: 300 }), { cancellationType, heartbeatTimeout: '4s' }],
      async play({ activityIs, signal }) {
        await activityIs('running');
        await signal('done');
      },
    },
  );
}
cancelled.push(
  {
    name: 'a cancelled attempt that completes all the same',
    workflow: 'unguarded',
    args: [hanging(9000, { heartbeatEvery: 300, whenCancelled: 'complete' }), { ...wait, heartbeatTimeout: '4s' }],
    async play({ activityIs, cancel }) {
      await activityIs('running');
      await cancel();
    },
  },
  {
    name: 'a cancelled attempt that never heartbeats',
    workflow: 'unguarded',
    args: [hanging(4000), wait],
    async play({ activityIs, cancel }) {
      await activityIs('running');
      await cancel();
    },
  },
  {
    name: 'a cancelled attempt that fails is not retried',
    workflow: 'unguarded',
    args: [{ activity: 'failLate', args: [4000] }, wait],
    async play({ activityIs, cancel }) {
      await activityIs('running');
      await cancel();
    },
  },
  {
    name: 'cancelled without a cancellation type',
    workflow: 'unguarded',
    args: [hanging(4000)],
    async play({ activityIs, cancel }) {
      await activityIs('running');
      await cancel();
    },
  },
  { name: 'cancelled before it was sent', workflow: 'cancelledBeforeSent' },
  { name: 'a probe that succeeds', workflow: 'probe', args: [failing(1), { retry: often }] },
  {
    name: 'a probe without further attempts',
    workflow: 'probe',
    args: [failing(9), { retry: { ...often, maximumAttempts: 2 } }],
  },
  {
    name: 'a workflow cancelled twice',
    workflow: 'cleanUp',
    args: ['2s'],
    async play({ reaches, cancel }) {
      await reaches('waiting');
      await cancel();
      await reaches('cleaning');
      return asText(cancel());
    },
  },
  {
    name: 'a cancelled workflow cleans up',
    workflow: 'cleanUp',
    async play({ reaches, cancel }) {
      await reaches('waiting');
      await cancel();
    },
  },
  {
    name: 'a workflow terminated in backoff',
    workflow: 'one',
    args: [failing(9), { retry: forEver }],
    async play({ activityIs, terminate, signal }) {
      await activityIs('backing off');
      await terminate();
      return signal('done').then(String, (error: Error) => error.name);
    },
  },
);

const collect = (name: string, count: number, play: NonNullable<Scenario['play']>): Scenario => ({
  name,
  workflow: 'collect',
  args: [count],
  async play(actor) {
    // On a server a message may else arrive before the first task, and share it.
    await actor.reaches('');
    return play(actor);
  },
});

const messages: Scenario[] = [
  collect('signals and updates in the order they came', 4, async ({ signal, update, reaches }) => {
    await signal('add', 'a');
    await reaches('signal a');
    const first = await update('add', ['b']);
    const seen = await first.end();
    await signal('add', 'c');
    await reaches('signal a,update b,signal c');
    return [seen, await (await update('add', ['d'])).end()];
  }),
  collect('an update refused', 1, async ({ update, signal }) => {
    const refused = await (await update('add', ['refused'])).end();
    await signal('add', 'last');
    return refused;
  }),
  collect('an update whose handler fails', 1, async ({ update, signal }) => {
    const failed = await (await update('add', ['bad'])).end();
    await signal('add', 'last');
    return failed;
  }),
  collect('an update nobody handles', 1, async ({ update, signal }) => {
    const unknown = await (await update('nonesuch', [])).end();
    await signal('add', 'last');
    return unknown;
  }),
  collect('an update that takes its time', 2, async ({ update, signal }) => {
    const slow = await (await update('add', ['slow'])).end();
    await signal('add', 'last');
    return slow;
  }),
  collect('an update that takes its time and fails', 1, async ({ update, signal }) => {
    const slow = await (await update('add', ['slow and bad'])).end();
    await signal('add', 'last');
    return slow;
  }),
  collect('an update answered as the workflow ends', 1, async ({ update }) => (await update('add', ['last'])).end()),
  collect('an update parked when the workflow ends', 1, async ({ update, signal }) => {
    const parked = await update('park', []);
    await signal('add', 'last');
    return parked.end();
  }),
  collect('an update parked when the workflow is terminated', 1, async ({ update, terminate }) => {
    const parked = await update('park', []);
    await terminate();
    return parked.end();
  }),
  collect('an update parked when the workflow is cancelled', 1, async ({ update, cancel }) => {
    const parked = await update('park', []);
    await cancel();
    return parked.end();
  }),
  collect('the same update id twice', 2, async ({ update, signal }) => {
    const once = await (await update('add', ['once'], 'request-1')).end();
    const twice = await (await update('add', ['twice'], 'request-1')).end();
    await signal('add', 'last');
    return [once, twice];
  }),
  collect('a query before and after the end, and one nobody handles', 1, async ({ query, signal, ends }) => {
    const unknown = await query('nonesuch');
    await signal('add', 'last');
    await ends();
    return [unknown, await query('phase')];
  }),
  collect('messages after the end', 1, async ({ signal, update, cancel, terminate, ends }) => {
    await signal('add', 'last');
    await ends();
    const late = [
      () => signal('add', 'late'),
      () => update('add', ['late']).then(({ end }) => end()),
      cancel,
      terminate,
    ];
    return Promise.all(late.map((send) => asText(send())));
  }),
  collect('a start under a taken id', 1, async ({ start, signal }) => {
    const failed = await start('timers', [], 'FAIL');
    const attached = await start('timers', [], 'USE_EXISTING');
    await signal('add', 'last');
    return [failed, attached];
  }),
  collect('an update that comes with a start under a taken id', 2, async ({ startWithUpdate, signal }) => {
    const update = { name: 'add', args: ['first'], id: 'request-2' };
    const failed = await (await startWithUpdate('collect', [2], 'FAIL', { ...update, id: 'request-1' })).end();
    const attached = await (await startWithUpdate('collect', [2], 'USE_EXISTING', update)).end();
    await signal('add', 'last');
    return [failed, attached];
  }),
  collect('an update that comes with a start after the end', 1, async ({ startWithUpdate, ends }) => {
    const update = { name: 'add', args: ['first'], id: 'request-3' };
    const first = await (await startWithUpdate('collect', [1], 'USE_EXISTING', update)).end();
    await ends();
    const stored = await (await startWithUpdate('collect', [1], 'USE_EXISTING', update)).end();
    const other = { ...update, id: 'request-4' };
    const anew = await (await startWithUpdate('collect', [1], 'USE_EXISTING', other)).end();
    return [first, stored, anew];
  }),
  {
    name: 'a condition met in time',
    workflow: 'awaitSignal',
    args: [30_000],
    async play({ signal, reaches }) {
      await reaches('waiting');
      await signal('done');
    },
  },
  { name: 'a condition that times out', workflow: 'awaitSignal', args: [1000] },
];

const others: Scenario[] = [
  { name: 'timers, one of them cancelled', workflow: 'timers' },
  { name: 'search attributes set and removed', workflow: 'attributes' },
  { name: 'a new run in place of the old', workflow: 'again', args: [2] },
  { name: 'a child that completes', workflow: 'parent', args: ['awaitSignal', [1000]] },
  { name: 'a child that fails', workflow: 'parent', args: ['unguarded', [failing(9, { nonRetryable: true })]] },
  { name: 'a patch', workflow: 'patchy' },
  { name: 'a workflow that fails', workflow: 'unguarded', args: [failing(9), { retry: { maximumAttempts: 1 } }] },
];

export const scenarios: readonly Scenario[] = [...alone, ...cancelled, ...messages, ...others];
