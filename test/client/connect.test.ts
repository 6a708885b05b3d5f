/** Through what the library reaches Temporal: what a program has already, or what the environment says. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { Client, type ClientInterceptors } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { connect, type Ase, type ConnectOptions } from '../../client.ts';
import { readConfig } from '../../config.ts';
import { deviceIdOf } from '../../domain/device.ts';
import { openStack, type Stack } from '../server/stack.ts';

suite('the library', { concurrency: 1 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await openStack({ withoutWorker: true });
  });
  after(() => stack.close());

  const seen = { started: [] as string[], encoded: 0 };
  beforeEach(() => Object.assign(seen, { started: [], encoded: 0 }));
  const interceptors: ClientInterceptors = {
    workflow: [
      {
        startWithDetails: (input, next) => {
          seen.started.push(input.workflowType);
          return next(input);
        },
      },
    ],
  };
  const dataConverter: DataConverter = {
    payloadCodecs: [
      {
        encode: (payloads) => {
          seen.encoded += payloads.length;
          return Promise.resolve(payloads);
        },
        decode: (payloads) => Promise.resolve(payloads),
      },
    ],
  };

  let devices = 0;
  /** Starts an activation that nobody works on: its input and its summary are encoded. Answers the task queue that Temporal knows of it. */
  const startWith = async (options: ConnectOptions): Promise<{ ase: Ase; taskQueue: string }> => {
    const ase = await connect(options);
    devices += 1;
    const { id: deviceId } = deviceIdOf(stack.device().subscriptionId, 'edge-rg', `new-${devices}`);
    await ase.start({ deviceId });
    const { taskQueue, worker } = await ase.status({ deviceId });
    assert.equal(worker, false);
    return { ase, taskQueue };
  };

  /** A wrong value there would be refused. */
  const withoutEnvironment = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = process.env['TEMPORAL_ADDRESS'];
    process.env['TEMPORAL_ADDRESS'] = 'http://nowhere';
    try {
      return await work();
    } finally {
      if (before === undefined) delete process.env['TEMPORAL_ADDRESS'];
      else process.env['TEMPORAL_ADDRESS'] = before;
    }
  };

  const isOpen = async (): Promise<void> => {
    await stack.connection.workflowService.getSystemInfo({});
  };

  test('uses the connection of a program, and leaves it open', async () => {
    const { connection } = stack;
    const options = { connection, taskQueue: 'theirs', interceptors, dataConverter };
    const { ase, taskQueue } = await withoutEnvironment(() => startWith(options));
    await ase.close();
    await isOpen();
    assert.deepEqual([taskQueue, seen], ['theirs', { started: ['generateActivationKey'], encoded: 2 }]);
  });

  test('uses the client of a program with all its options, and leaves it open', async () => {
    const client = new Client({ connection: stack.connection, interceptors, dataConverter });
    const { ase, taskQueue } = await withoutEnvironment(() => startWith({ client }));
    await ase.close();
    await isOpen();
    assert.deepEqual([taskQueue, seen], ['ase', { started: ['generateActivationKey'], encoded: 2 }]);
  });

  test('reads the given namespace, or that of the client', async () => {
    const { connection } = stack;
    const namespace = 'nowhere';
    const { id: deviceId } = stack.device();
    for (const options of [{ connection, namespace }, { client: new Client({ connection, namespace }) }]) {
      const ase = await connect(options);
      await assert.rejects(ase.status({ deviceId }), /has no namespace "nowhere"/);
    }
  });

  test('otherwise follows the environment, with a converter and interceptors of the program, and closes its own connection', async () => {
    const config = readConfig(stack.operatorEnv);
    const { ase, taskQueue } = await startWith({ config, taskQueue: 'another', interceptors, dataConverter });
    assert.deepEqual([taskQueue, seen], ['another', { started: ['generateActivationKey'], encoded: 2 }]);
    await ase.close();
    await assert.rejects(ase.status({ deviceId: stack.device().id }), {
      type: 'TemporalUnreachable',
      message: /cannot be used: .*shut down/,
      hint: 'Connect again.',
    });
  });
});
