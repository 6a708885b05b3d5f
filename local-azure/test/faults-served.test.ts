/** Faults that are a matter of the wire, met by an official client over TLS. */
import { KeyVaultManagementClient } from '@azure/arm-keyvault';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get, type Agent } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { after, afterEach, before, suite, test } from 'node:test';
import { connectControl, type ControlClient } from '../control-client.ts';
import { loopbackAgent } from '../loopback-agent.ts';
import { serve, type Served } from '../serve/index.ts';
import { codeOf, newTenant, policyVault, type Tenant } from './tenant.ts';

// Its hooks are its own: this file is played in one process with others.
suite('a served local Azure', () => {
  let tenant: Tenant;
  let served: Served;
  let agent: Agent;
  let control: ControlClient;

  before(async () => {
    tenant = newTenant();
    served = await serve(tenant.azure, { port: 0 });
    agent = loopbackAgent(await readFile(served.addresses.caFile, 'utf8'));
    control = await connectControl(served.addresses);
  });
  afterEach(() => control.call('clearFaults'));
  after(async () => {
    control.close();
    agent.destroy();
    await served.close();
  });

  const vaults = () => {
    const { armEndpoint: endpoint } = served.addresses;
    const token = tenant.azure.issueToken(tenant.azure.principals.owner, endpoint);
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const options = { endpoint, agent, retryOptions: { maxRetries: 0 } };
    return new KeyVaultManagementClient(credential, tenant.subscriptionId, options).vaults;
  };

  const create = (name: string): PromiseLike<unknown> =>
    vaults().createOrUpdate('g', name, policyVault(tenant)).submitted();

  const dying: [name: string, action: 'refuse' | 'reset' | 'loseAnswer', executed: boolean][] = [
    ['kv-refused', 'refuse', false],
    ['kv-reset', 'reset', false],
    ['kv-lost', 'loseAnswer', true],
  ];

  for (const [name, action, executed] of dying) {
    test(`drops the connection for ${action}, with the call ${executed ? '' : 'not '}executed`, async () => {
      const fault = await control.call('addFault', { method: 'PUT', path: name, action });
      assert.equal(await codeOf(create(name)), '- ECONNRESET');
      assert.equal(name in tenant.azure.state.vaults, executed);
      const listed = await control.call('listFaults');
      assert.equal(listed.find(({ id }) => id === fault.id)?.fired, 1);
    });
  }

  test('answers an unresolved name with a certificate for another name, until the name resolves again', async () => {
    await control.call('addFault', { host: 'localhost', action: 'unresolved' });
    // What is connected would see its connection die first.
    agent.destroy();
    assert.equal(await codeOf(create('kv-astray')), '- ERR_TLS_CERT_ALTNAME_INVALID');
    control.close();
    await control.call('clearFaults');
    assert.equal(await codeOf(create('kv-found')), 'no failure');
    assert.ok(!('kv-astray' in tenant.azure.state.vaults));
  });

  test('drops a connection in the middle of an answer, which the client cannot read', async () => {
    await control.call('addFault', { method: 'PUT', path: 'kv-truncated', action: 'truncateBody' });
    await assert.rejects(async () => await create('kv-truncated'), {
      code: 'PARSE_ERROR',
      message: /^Error reading response as text: aborted/,
    });
    assert.equal('kv-truncated' in tenant.azure.state.vaults, true);
  });

  test('drops the connection of a late request, which arrives with a later request', async () => {
    await control.call('addFault', { method: 'PUT', path: 'kv-late', times: 1, action: { deliverLate: {} } });
    assert.equal(await codeOf(create('kv-late')), '- ECONNRESET');
    assert.equal('kv-late' in tenant.azure.state.vaults, false);
    assert.equal((await vaults().get('g', 'kv-late')).name, 'kv-late');
  });

  test('delivers a late request when the control host advances the clock', async () => {
    const action = { deliverLate: { afterMs: 60_000 } };
    await control.call('addFault', { method: 'PUT', path: 'kv-later', times: 1, action });
    await codeOf(create('kv-later'));
    await control.call('advanceClock', { ms: 60_000 });
    assert.equal('kv-later' in tenant.azure.state.vaults, true);
  });

  test('ends a hanging call, unexecuted, when its client aborts it', async () => {
    await control.call('addFault', { method: 'PUT', path: 'kv-hangs', action: 'hang' });
    const client = new AbortController();
    const put = vaults().createOrUpdate('g', 'kv-hangs', policyVault(tenant), { abortSignal: client.signal });
    const hanging = assert.rejects(async () => await put.submitted(), { name: 'AbortError' });
    while (!(await control.requests()).some(({ path }) => path.endsWith('/kv-hangs')));
    client.abort();
    await hanging;
    assert.equal('kv-hangs' in tenant.azure.state.vaults, false);
  });

  test('delivers half an answer as a complete response that is not JSON', async () => {
    await control.call('addFault', { method: 'PUT', path: 'kv-cut', action: 'cutJson' });
    assert.equal(await codeOf(create('kv-cut')), '200 PARSE_ERROR');
  });

  const answerOf = async (path: string): Promise<{ status?: number; headers: object; bytes: Buffer }> => {
    const [response] = (await once(get(new URL(path, served.addresses.armEndpoint), { agent }), 'response')) as [
      IncomingMessage,
    ];
    return { status: response.statusCode ?? 0, headers: response.headers, bytes: await buffer(response) };
  };

  const bodies: [what: string, bytes: Buffer][] = [
    ['a text in UTF-16', Buffer.from('\ufeff<html>Nein – ü</html>', 'utf16le')],
    ['a megabyte', randomBytes(2 ** 20)],
    ['nothing', Buffer.alloc(0)],
  ];

  for (const [what, bytes] of bodies) {
    test(`delivers ${what} byte by byte, with the given headers`, async () => {
      const headers = { 'content-type': 'text/html', 'x-given': 'yes' };
      const action = { status: 418, headers, base64: bytes.toString('base64') };
      await control.call('addFault', { host: 'management', action });
      const answer = await answerOf('/subscriptions');
      assert.equal(answer.status, 418);
      assert.partialDeepStrictEqual(answer.headers, { ...headers, 'content-length': String(bytes.length) });
      assert.deepEqual(answer.bytes, bytes);
    });
  }
});
