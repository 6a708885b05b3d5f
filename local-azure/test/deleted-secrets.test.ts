import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SecretClient } from '@azure/keyvault-secrets';
import { newTenant, policyVault, type Answer, type Tenant } from './tenant.ts';

type Scene = {
  tenant: Tenant;
  secrets: SecretClient;
  call: (method: string, path: string, body?: unknown) => Promise<Answer>;
};

/** A vault with the secret `s`, in which deletion and recovery take three seconds each. */
const withSecret = async (properties: Record<string, unknown> = {}): Promise<Scene> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['all', 'purge'] });
  Object.assign(body.properties, properties);
  await tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', body).submitted();
  const secrets = tenant.as('owner').secrets('kv-one');
  await secrets.setSecret('s', 'kept');
  const host = 'https://kv-one.vault.localhost';
  const call = (method: string, path: string, sent?: unknown): Promise<Answer> =>
    tenant.call(method, path, { host, audience: 'https://vault.localhost', apiVersion: '7.4', body: sent });
  return { tenant, secrets, call };
};

const innerCode = ({ body }: Answer): string | undefined =>
  (body as { error?: { innererror?: { code: string } } }).error?.innererror?.code;

test('a deletion returns the time of the deletion and of the scheduled purge', async () => {
  const { call } = await withSecret();
  const answer = await call('DELETE', '/secrets/s');
  const deletedDate = Date.UTC(2026, 0, 1) / 1000;
  const { recoveryId, id, ...dates } = answer.body as Record<string, unknown>;
  assert.equal(recoveryId, 'https://kv-one.vault.localhost/deletedsecrets/s');
  assert.match(String(id), /\/secrets\/s\/[0-9a-f]{32}$/);
  assert.deepEqual([dates['deletedDate'], dates['scheduledPurgeDate']], [deletedDate, deletedDate + 90 * 86_400]);
});

test('a deleted secret is gone at once and listed among the deleted secrets later', async () => {
  const { tenant, call } = await withSecret();
  await call('DELETE', '/secrets/s');
  assert.equal((await call('GET', '/secrets/s')).code, 'SecretNotFound');
  const early = await call('GET', '/deletedsecrets/s');
  assert.deepEqual([early.status, early.message], [404, 'Deleted Secret not found: s']);
  tenant.wait(3_000);
  assert.equal((await call('GET', '/deletedsecrets/s')).status, 200);
  const { value } = (await call('GET', '/deletedsecrets')).body as { value: { id: string }[] };
  assert.deepEqual(
    value.map(({ id }) => id),
    ['https://kv-one.vault.localhost/secrets/s'],
  );
});

test('a deleted secret that was disabled before cannot be read, and is still listed', async () => {
  const { tenant, call } = await withSecret();
  await call('PATCH', '/secrets/s', { attributes: { enabled: false } });
  await call('DELETE', '/secrets/s');
  tenant.wait(3_000);
  const read = await call('GET', '/deletedsecrets/s');
  assert.deepEqual([read.status, read.code, innerCode(read)], [403, 'Forbidden', 'SecretDisabled']);
  assert.equal(((await call('GET', '/deletedsecrets')).body as { value: unknown[] }).value.length, 1);
});

test('the name of a deleted secret is taken, first as being deleted, then as recoverable', async () => {
  const { tenant, call } = await withSecret();
  await call('DELETE', '/secrets/s');
  const early = await call('PUT', '/secrets/s', { value: 'v' });
  assert.deepEqual([early.status, innerCode(early)], [409, 'ObjectIsBeingDeleted']);
  tenant.wait(3_000);
  const late = await call('PUT', '/secrets/s', { value: 'v' });
  assert.deepEqual([late.status, innerCode(late)], [409, 'ObjectIsDeletedButRecoverable']);
});

test('a recovered secret can be read with its versions after a delay', async () => {
  const { tenant, secrets, call } = await withSecret();
  await secrets.setSecret('s', 'newer');
  await call('DELETE', '/secrets/s');
  assert.equal(innerCode(await call('POST', '/deletedsecrets/s/recover')), 'ObjectIsBeingDeleted');
  tenant.wait(3_000);
  assert.equal((await call('POST', '/deletedsecrets/s/recover')).status, 200);
  assert.equal((await call('GET', '/secrets/s')).status, 404);
  tenant.wait(3_000);
  assert.equal((await secrets.getSecret('s')).value, 'newer');
  assert.equal((await Array.fromAsync(secrets.listPropertiesOfSecretVersions('s'))).length, 2);
});

test('a live secret cannot be recovered', async () => {
  const { call } = await withSecret();
  const answer = await call('POST', '/deletedsecrets/s/recover');
  assert.deepEqual([answer.status, answer.code], [400, 'MethodNotAllowed']);
  assert.equal(innerCode(answer), 'RequestNotAllowedOnNonDeletedObject');
});

test('after the retention period a deleted secret is gone and its name is free', async () => {
  const { tenant, call } = await withSecret();
  await call('DELETE', '/secrets/s');
  tenant.wait(90 * 86_400_000);
  assert.equal((await call('GET', '/deletedsecrets/s')).status, 404);
  assert.equal((await call('PUT', '/secrets/s', { value: 'v' })).status, 200);
});

test('a secret that is being recovered cannot be set', async () => {
  const { tenant, call } = await withSecret();
  await call('DELETE', '/secrets/s');
  tenant.wait(3_000);
  await call('POST', '/deletedsecrets/s/recover');
  const answer = await call('PUT', '/secrets/s', { value: 'v' });
  assert.deepEqual([answer.status, innerCode(answer)], [409, 'ObjectIsBeingRecovered']);
  tenant.wait(3_000);
  assert.equal((await call('PUT', '/secrets/s', { value: 'v' })).status, 200);
});

test('a purged secret is gone with all its versions and its name is free', async () => {
  const { tenant, secrets, call } = await withSecret();
  await call('DELETE', '/secrets/s');
  tenant.wait(3_000);
  assert.equal((await call('DELETE', '/deletedsecrets/s')).status, 204);
  assert.equal((await call('GET', '/deletedsecrets/s')).status, 404);
  assert.equal((await call('DELETE', '/deletedsecrets/s')).code, 'SecretNotFound');
  await secrets.setSecret('s', 'new');
  assert.equal((await Array.fromAsync(secrets.listPropertiesOfSecretVersions('s'))).length, 1);
});

test('a secret cannot be purged while it is live or being deleted', async () => {
  const { secrets, call } = await withSecret();
  await secrets.setSecret('alive', 'v');
  await call('DELETE', '/secrets/s');
  const early = await call('DELETE', '/deletedsecrets/s');
  assert.deepEqual([early.status, innerCode(early)], [409, 'ObjectIsBeingDeleted']);
  assert.equal((await call('DELETE', '/deletedsecrets/alive')).status, 404);
});

test('a vault with purge protection keeps its deleted secrets', async () => {
  const { tenant, call } = await withSecret({ enablePurgeProtection: true });
  await call('DELETE', '/secrets/s');
  tenant.wait(3_000);
  const answer = await call('DELETE', '/deletedsecrets/s');
  assert.deepEqual([answer.status, answer.code], [403, 'Forbidden']);
  assert.match(
    answer.message,
    /^Operation "purge" is not allowed because purge protection is enabled for this vault\./,
  );
  assert.equal((await call('GET', '/deletedsecrets/s')).status, 200);
});

test('the recovery of a secret that does not exist returns the same error as a read', async () => {
  const { call, tenant } = await withSecret();
  const recovered = (name: string) => call('POST', `/deletedsecrets/${name}/recover`);
  const never = await recovered('never');
  assert.deepEqual([never.status, never.code], [404, 'SecretNotFound']);
  assert.match(
    never.message,
    /^A secret with \(name\/id\) never was not found in this key vault\. If you recently deleted/,
  );
  await call('DELETE', '/secrets/s');
  tenant.wait(3_000);
  assert.equal((await call('DELETE', '/deletedsecrets/s')).status, 204);
  assert.match((await recovered('s')).message, /^A secret with \(name\/id\) s was not found in this key vault\./);
  assert.equal((await call('GET', '/deletedsecrets/s')).message, 'Deleted Secret not found: s');
});
