import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import type { Agent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { suite, test } from 'node:test';
import {
  createHttpHeaders,
  createPipelineRequest,
  type PipelinePolicy,
  type PipelineRequest,
} from '@azure/core-rest-pipeline';
import { abortPolicy, isLocalhost, localhostPolicy } from '../../azure/pipeline.ts';

/** The request as the policy hands it on. */
const pass = async (policy: PipelinePolicy, request: PipelineRequest): Promise<PipelineRequest> => {
  const { request: passed } = await policy.sendRequest(request, (next) =>
    Promise.resolve({ request: next, status: 200, headers: createHttpHeaders() }),
  );
  return passed;
};
const agentOf = async (url: string): Promise<Agent | undefined> =>
  (await pass(localhostPolicy(), createPipelineRequest({ url }))).agent as Agent | undefined;

const lookUp = (lookup: LookupFunction, host: string, all: boolean): Promise<unknown> =>
  new Promise((resolve, reject) => {
    lookup(host, { all }, (error: Error | null, address: string | LookupAddress[], family?: number) =>
      error ? reject(error) : resolve(family === undefined ? address : { address, family }),
    );
  });

suite('a name under localhost', () => {
  test('is loopback, and other names are not', () => {
    const hosts = ['localhost', 'a.localhost', 'A.B.LOCALHOST', 'notlocalhost', 'localhost.example', '127.0.0.1'];
    assert.deepEqual(hosts.filter(isLocalhost), ['localhost', 'a.localhost', 'A.B.LOCALHOST']);
  });

  test('is connected to 127.0.0.1 without a request to the resolver', async () => {
    const agent = await agentOf('https://the-vault.vault.localhost:8443/secrets');
    const lookup = agent?.options.lookup;
    assert.ok(lookup);
    assert.deepEqual(await lookUp(lookup, 'the-vault.vault.localhost', true), [{ address: '127.0.0.1', family: 4 }]);
    assert.deepEqual(await lookUp(lookup, 'the-vault.vault.localhost', false), { address: '127.0.0.1', family: 4 });
  });

  test('shares its agent with no other lookup', async () => {
    const lookup = (await agentOf('https://management.localhost/'))?.options.lookup;
    assert.ok(lookup);
    assert.deepEqual(await lookUp(lookup, '127.0.0.2', false), { address: '127.0.0.2', family: 4 });
  });
});

test('a request to any other address is sent as usual, with proxies and managed identity', async () => {
  for (const url of ['https://management.azure.com/', 'http://169.254.169.254/metadata', 'http://a.localhost/']) {
    assert.equal(await agentOf(url), undefined, url);
  }
});

suite('a request is aborted', () => {
  const outer = () => new AbortController();
  const signalOf = async (work: AbortController, own?: AbortController): Promise<AbortSignal> => {
    const request = createPipelineRequest({
      url: 'https://management.azure.com/',
      ...(own ? { abortSignal: own.signal } : {}),
    });
    return (
      await pass(
        abortPolicy(() => work.signal),
        request,
      )
    ).abortSignal as AbortSignal;
  };

  test('with the work that it belongs to', async () => {
    const work = outer();
    const signal = await signalOf(work);
    assert.equal(signal.aborted, false);
    work.abort();
    assert.equal(signal.aborted, true);
  });

  test('with its own signal, and still with the work', async () => {
    for (const which of [0, 1] as const) {
      const controllers = [outer(), outer()] as const;
      const signal = await signalOf(...controllers);
      assert.equal(signal.aborted, false);
      controllers[which].abort();
      assert.equal(signal.aborted, true);
    }
  });

  test('by the signal of its own time limit, which begins when it is sent', async () => {
    const works = [outer(), outer()];
    let sent = 0;
    const policy = abortPolicy(() => works[sent++]!.signal);
    const url = 'https://management.azure.com/';
    const first = await pass(policy, createPipelineRequest({ url }));
    const second = await pass(policy, createPipelineRequest({ url }));
    works[1]!.abort();
    assert.deepEqual([first.abortSignal?.aborted, second.abortSignal?.aborted], [false, true]);
  });
});
