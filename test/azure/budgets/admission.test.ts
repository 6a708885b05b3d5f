import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline';
import { admissionPolicy, createAdmission, NoTurn, type Ask, type OnTurn } from '../../../azure/budgets/admission.ts';

const arm = 'https://management.azure.com';
const subscription = '/subscriptions/s1';
const vault = `${subscription}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v`;
const device = `${subscription}/resourceGroups/g/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/d`;
const account = `${subscription}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a`;

type Answer = { status?: number; headers?: Record<string, string>; body?: string };

/** A process whose time is moved by the test, and an Azure that answers as it is told. */
const openProcess = (onTurn?: OnTurn) => {
  let now = 0;
  const pauses: { until: number; end: () => void }[] = [];
  const admission = createAdmission(
    {
      now: () => now,
      pause: async (ms, woken, signal) => {
        const paused = Promise.withResolvers<void>();
        pauses.push({ until: now + ms, end: paused.resolve });
        signal.addEventListener('abort', () => paused.resolve());
        await Promise.race([paused.promise, woken]);
      },
    },
    onTurn,
  );
  const sent: string[] = [];

  const send = async (method: string, path: string, answer: Answer = {}, ask: Partial<Ask> = {}): Promise<void> => {
    const { signal } = new AbortController();
    const whole: Ask = { urgency: 1, since: 0, mayWait: 60_000, signal, onWait: () => undefined, ...ask };
    const request = createPipelineRequest({ url: `${arm}${path}?api-version=1`, method: method as 'GET' });
    await admissionPolicy(arm, admission, () => whole).sendRequest(request, async () => {
      sent.push(`${method} ${path}`);
      await setImmediate();
      const { status = 200, headers = {}, body = '' } = answer;
      return { request, status, headers: createHttpHeaders(headers), bodyAsText: body } satisfies PipelineResponse;
    });
  };

  /** Lets so much time pass, in tenths of a second. */
  const pass = async (ms: number): Promise<void> => {
    for (const end = now + ms; now < end; now += 100) {
      for (const { until, end: wake } of pauses) if (until <= now) wake();
      await setImmediate();
    }
  };

  return { send, pass, sent };
};

const throttledBy = (cause: 'gateway' | 'service', retryAfter: string, body = '{}'): Answer => ({
  status: 429,
  headers: { 'retry-after': retryAfter, 'x-ms-failure-cause': cause },
  body,
});

/** Whether a request is sent within so many milliseconds. */
const isSentWithin = async (
  { send, pass, sent }: ReturnType<typeof openProcess>,
  ms: number,
  method: string,
  path: string,
): Promise<boolean> => {
  const before = sent.length;
  const stop = new AbortController();
  const sending = send(method, path, {}, { signal: stop.signal }).catch(() => undefined);
  await pass(ms);
  const isSent = sent.length > before;
  stop.abort();
  await sending;
  return isSent;
};

suite('after a refusal', () => {
  test('by Resource Manager, all requests of that kind in the subscription wait', async () => {
    const process = openProcess();
    const body = '{"error":{"code":"SubscriptionRequestsThrottled"}}';
    await process.send('GET', vault, throttledBy('gateway', '20', body));
    assert.equal(await isSentWithin(process, 10_000, 'GET', device), false);
    assert.equal(await isSentWithin(process, 1_000, 'PUT', vault), true);
    assert.equal(await isSentWithin(process, 15_000, 'GET', device), true);
  });

  test('by a provider, only requests to that provider wait', async () => {
    const process = openProcess();
    await process.send('GET', vault, throttledBy('service', '20'));
    assert.equal(await isSentWithin(process, 1_000, 'GET', device), true);
    assert.equal(await isSentWithin(process, 1_000, 'GET', vault), false);
    assert.equal(await isSentWithin(process, 20_000, 'GET', vault), true);
  });

  test('by the storage provider for a second, the hour is not taken for spent', async () => {
    const process = openProcess();
    await process.send('PUT', account, throttledBy('service', '1'));
    assert.equal(await isSentWithin(process, 4_000, 'PUT', account), true);
  });

  test('by the storage provider for half an hour, accounts wait for so long, and nothing else does', async () => {
    const process = openProcess();
    await process.send('PUT', account, throttledBy('service', '1800'));
    await assert.rejects(process.send('PUT', account), NoTurn);
    assert.equal(await isSentWithin(process, 1_000, 'PUT', vault), true);
  });

  test('that names an absurd time, the wait is an hour at most', async () => {
    const process = openProcess();
    await process.send('GET', vault, throttledBy('gateway', '99999999', 'SubscriptionRequestsThrottled'));
    await assert.rejects(process.send('GET', device), ({ afterMs }: NoTurn) => afterMs < 3_601_000);
  });
});

test('a request whose attempt ends leaves the queue, and the next one has its turn', async () => {
  const process = openProcess();
  await process.send('GET', vault, throttledBy('gateway', '2', 'SubscriptionRequestsThrottled'));
  const first = new AbortController();
  const given = process.send('GET', vault, {}, { signal: first.signal, urgency: 0 });
  const second = process.send('GET', device);
  first.abort();
  await assert.rejects(given);
  await process.pass(8_000);
  await second;
  assert.deepEqual(process.sent, [`GET ${vault}`, `GET ${device}`]);
});

test('a negative level is ignored', async () => {
  const process = openProcess();
  const headers = { 'x-ms-ratelimit-remaining-subscription-reads': '-5' };
  await process.send('GET', vault, { headers });
  assert.equal(await isSentWithin(process, 1_000, 'GET', device), true);
});

test('a request that waits, and a refusal, are reported by budget', async () => {
  const seen = { waited: new Map<string, number>(), refused: [] as string[], awaited: 0 };
  const process = openProcess({
    sent: (kind, waitedMs) => seen.waited.set(kind, waitedMs),
    refused: (kind) => seen.refused.push(kind),
    stands: (kind, _, waiting) => {
      if (kind === 'reads') seen.awaited = Math.max(seen.awaited, waiting);
    },
  });
  await process.send('GET', vault, throttledBy('gateway', '3', 'SubscriptionRequestsThrottled'));
  assert.equal(await isSentWithin(process, 6_000, 'GET', device), true);
  assert.deepEqual(seen.refused, ['reads']);
  assert.equal(seen.awaited, 1);
  assert.ok((seen.waited.get('reads') ?? 0) >= 3_000);
});
