/** Every call of the library with every way in which Temporal can refuse each of its requests: an answer, or an error of the list. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Connection, type WorkflowHandle } from '@temporalio/client';
import { AseError, connect, type Ase, type AseErrorType, type FoundBlocked } from '../../client.ts';
import { exitCodes } from '../../cli/failure.ts';
import { workflowIdOf } from '../../domain/device.ts';
import { openGrpcProxy, type GrpcProxy, type GrpcRefusal } from '../server/grpc-proxy.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';

const types: string[] = Object.keys(exitCodes);

/** All that gRPC has, but OK and three that no server sends. */
const codes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 16];
/** Of a call that tells each failure apart and goes on. */
const fewCodes = [2, 5, 7, 14];
const rights = [7, 16];
const alreadyExists = 6;

/** Where every call is to be told the same. */
const wanted = (code: number): AseErrorType | undefined => (rights.includes(code) ? 'TemporalRefused' : undefined);

const endOf = (call: () => Promise<unknown>): Promise<Error | undefined> =>
  call().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(`${typeof error} was thrown`)),
  );

suite('a request of the library that Temporal refuses', { concurrency: 1 }, () => {
  let stack: Stack;
  let proxy: GrpcProxy;
  let connection: Connection;
  let ase: Ase;
  let refusal: { method: string; with: GrpcRefusal; met?: true } | undefined;
  let asked = new Set<string>();
  let blocked: FoundBlocked[];

  before(async () => {
    stack = await borrowStack();
    proxy = await openGrpcProxy(stack.temporal.address, (path) => {
      const method = path.slice(path.lastIndexOf('/') + 1);
      asked.add(method);
      if (method !== refusal?.method) return undefined;
      refusal.met = true;
      return refusal.with;
    });
    // Without the retries of the SDK, which take seconds and change no error.
    connection = await Connection.connect({ address: proxy.address, interceptors: [] });
    ase = await connect({ connection });
    await stack.ase.generateActivationKey({ deviceId: stack.device('edge-1').id });
    await stack.ase.result({ deviceId: stack.device('edge-1').id });
    await stack.ase.start({ deviceId: stack.device('edge-5').id });
    blocked = await until('one is listed as blocked', async () => {
      const found = await stack.ase.findBlocked();
      return found.length > 0 ? found : undefined;
    });
  });
  after(async () => {
    refusal = undefined;
    await connection.close();
    await proxy.close();
    await stack.close();
  });

  const done = (): { deviceId: string } => ({ deviceId: stack.device('edge-1').id });
  const stuck = (): { deviceId: string } => ({ deviceId: stack.device('edge-5').id });
  const none = (): { deviceId: string } => ({ deviceId: stack.device('never-asked').id });
  const now = (): { deadline: Date } => ({ deadline: new Date(Date.now() + 300) });
  const retry = { decision: 'retry', by: 'ada' } as const;
  const consent = { decision: 'keep-vault', keyVaultName: 'any-vault', by: 'ada' } as const;

  const calls: Record<Exclude<keyof Ase, 'close'>, () => Promise<unknown>> = {
    generateActivationKey: () => ase.generateActivationKey(stuck(), now()),
    regenerateActivationKey: () => ase.regenerateActivationKey(none(), { ...now(), requestId: 'a' }),
    inspect: () => ase.inspect(done(), now()),
    preview: () => ase.preview(done(), now()),
    repair: () => ase.repair(none(), now()),
    start: () => ase.start(stuck(), { requestId: 'b' }),
    deleteDevice: () => ase.deleteDevice({ ...stuck(), confirmDevice: 'edge-5' }),
    deleteKeyVault: () => ase.deleteKeyVault(stuck()),
    startProcedure: () => ase.startProcedure({ procedure: 'recoverKeyVault', input: stuck() }),
    consent: () => ase.consent({ ...stuck(), ...consent }),
    result: () => ase.result(stuck(), now()),
    status: () => ase.status(done()),
    decide: () => ase.decide({ ...stuck(), ...retry }),
    blocked: () => ase.blocked(),
    surveyBlocked: () => ase.surveyBlocked(),
    findBlocked: () => ase.findBlocked(),
    decideMany: () => ase.decideMany({ found: blocked, ...retry }),
  };

  const faultOf = async (call: () => Promise<unknown>, method: string, code: number): Promise<string | undefined> => {
    const refused: typeof refusal = { method, with: { code, message: 'not today' } };
    refusal = refused;
    const ended = await endOf(call);
    refusal = undefined;
    if (ended === undefined || !refused.met) return undefined;
    if (!(ended instanceof AseError)) return String(ended);
    const { type, hint, message } = ended;
    if (!types.includes(type) || type === 'Unexpected' || (wanted(code) ?? type) !== type) return `${type}: ${message}`;
    return hint === '' || /undefined|\[object/.test(message) ? `no words: ${message}` : undefined;
  };

  const names = Object.keys(calls) as (keyof typeof calls)[];

  for (const [name, call] of Object.entries(calls)) {
    test(`ends ${name} with an answer or a listed error`, async () => {
      asked = new Set();
      await endOf(call);
      const methods = [...asked].filter((method) => method !== 'GetSystemInfo');
      assert.ok(methods.length > 0);
      const faults: string[] = [];
      for (const method of methods) {
        for (const code of name === 'decideMany' ? fewCodes : codes) {
          // What is there already is looked for and joined, until a start is refused no more.
          if (code === alreadyExists && /^(Start|Execute)/.test(method)) continue;
          const fault = await faultOf(call, method, code);
          if (fault !== undefined) faults.push(`${method} ${code}: ${fault}`);
        }
      }
      assert.deepEqual(faults, []);
    });
  }

  test('is made by every call of the library', () => {
    assert.deepEqual(Object.keys(calls).sort(), names.sort());
  });

  /** The types of what all calls are told. */
  const endsOfAll = async (): Promise<Record<string, string>> => {
    const ends = names.map(async (name) => {
      const error = await endOf(calls[name]);
      return [name, error instanceof AseError ? error.type : String(error)];
    });
    return Object.fromEntries(await Promise.all(ends)) as Record<string, string>;
  };
  const allBut = (type: AseErrorType, others: Record<string, string>): Record<string, string> => ({
    ...Object.fromEntries(names.map((name) => [name, type])),
    ...others,
  });

  test('because of a missing namespace is reported as such by every call', async () => {
    const own = ase;
    ase = await connect({ connection, namespace: 'nowhere' });
    const ends = await endsOfAll();
    ase = own;
    assert.deepEqual(ends, allBut('TemporalRefused', {}));
  });

  test('is distinguished from a run that has ended if the server has lost the messages to a running one', async () => {
    const over = { code: 5, message: 'workflow execution already completed' };
    refusal = { method: 'UpdateWorkflowExecution', with: over };
    const lost = await endOf(calls.decide);
    refusal = undefined;
    assert.ok(lost instanceof AseError && lost.type === 'TemporalUnreachable', String(lost));
    assert.match(lost.message, /has lost what was said about edge-5/);
  });

  test('is reported by every call if the server is unavailable', async () => {
    await proxy.close();
    assert.deepEqual(await endsOfAll(), allBut('TemporalUnreachable', {}));
  });
});

suite('a run without success', { concurrency: 1 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  const endings: [name: string, end: (handle: WorkflowHandle) => Promise<unknown>, failure: string][] = [
    ['terminated', (handle) => handle.terminate('no more'), 'Terminated'],
    ['timed out', () => Promise.resolve(), 'TimedOut'],
    ['cancelled', (handle) => handle.cancel(), 'Cancelled'],
  ];

  for (const [index, [name, end, failure]] of endings.entries()) {
    test(`because it was ${name} is reported as such by every call about it`, async () => {
      const { ase, client } = stack;
      const device = stack.device(`edge-${index + 3}`);
      const deviceId = device.id;
      const handle = await client.workflow.start('generateActivationKey', {
        workflowId: workflowIdOf(device),
        // Only a worker can end what is cancelled, which is blocked for want of an identity; the others have none.
        taskQueue: name === 'cancelled' ? 'ase' : 'of-nobody',
        args: [{ deviceId }],
        memo: { requestId: 'ended' },
        ...(name === 'timed out' ? { workflowExecutionTimeout: '1s' } : {}),
      });
      const waiting = endOf(() => ase.result({ deviceId }));
      await end(handle);
      const decide = () => ase.decide({ deviceId, decision: 'abort', by: 'ada' });
      const consent = () => ase.consent({ deviceId, decision: 'cancel', keyVaultName: 'any-vault', by: 'ada' });
      const { runId } = await ase.start({ deviceId }, { requestId: 'ended' });
      const told = [
        await waiting,
        ...(await Promise.all([() => ase.result({ deviceId, runId }), decide, consent].map(endOf))),
      ];
      assert.deepEqual(
        told.map((error) => error instanceof AseError && [error.type, error.failure]),
        [
          ['OperationFailed', failure],
          ['OperationFailed', failure],
          ['NotBlocked', undefined],
          ['ConsentRefused', undefined],
        ],
      );
      assert.equal((await ase.status({ deviceId })).failure?.type, failure);
    });
  }
});

suite('a call that the compiler would refuse', { concurrency: 1 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  test('reports its mistake, and starts nothing', async () => {
    const { ase } = stack;
    const deviceId = stack.device('edge-1').id;
    const wrong = (value: unknown): never => value as never;
    const said: Record<string, () => Promise<unknown>> = {
      'no device': () => ase.status(wrong({})),
      'nothing at all': () => ase.result(wrong(undefined)),
      'a text in place of an object': () => ase.inspect(wrong(deviceId)),
      'no consent': () => ase.consent(wrong(undefined)),
      'no run': () => ase.status({ deviceId, runId: 'last' }),
      'an invalid run': () => ase.decide({ deviceId, runId: wrong(7), decision: 'abort', by: 'ada' }),
      'no time': () => ase.generateActivationKey({ deviceId }, { deadline: new Date('soon') }),
      'a text in place of a time': () => ase.repair({ deviceId }, { deadline: wrong('2030-01-01') }),
      'no time to look': () => ase.preview({ deviceId }, { deadline: wrong(5) }),
      'no procedure': () => ase.startProcedure({ procedure: wrong('dance'), input: wrong({ deviceId }) }),
      'no list': () => ase.decideMany(wrong({ decision: 'retry', by: 'ada' })),
      'no decision': () => ase.decideMany({ found: [], decision: wrong('dance'), by: 'ada' }),
    };
    const ends = await Promise.all(Object.values(said).map(endOf));
    assert.deepEqual(
      Object.fromEntries(
        Object.keys(said).map((name, index) => {
          const error = ends[index];
          return [name, error instanceof AseError ? error.type : String(error)];
        }),
      ),
      Object.fromEntries(Object.keys(said).map((name) => [name, 'InvalidInput'])),
    );
    assert.equal(((await endOf(() => ase.status({ deviceId }))) as AseError).type, 'NotFound');
  });

  test('whose converter fails reports that, with the error of the converter', async () => {
    const encode = (): never => {
      throw new Error('no key to encode with');
    };
    const { connection } = stack;
    const ase = await connect({ connection, dataConverter: { payloadCodecs: [{ encode, decode: encode }] } });
    const error = await endOf(() => ase.start({ deviceId: stack.device('edge-1').id }));
    assert.ok(error instanceof AseError && error.type === 'Unexpected', String(error));
    assert.match(`${error.message} ${String(error.cause)}`, /no key to encode with/);
  });
});
