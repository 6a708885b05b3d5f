import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyVaultSecretsOfficer, keyVaultSecretsUser } from '../entra/roles.ts';
import { newTenant, policyVault, type Answer, type Tenant } from './tenant.ts';

/** A vault with role-based access and the secret `s`, whose only policy lets the owner do everything. */
const withVault = async (): Promise<Tenant> => {
  const tenant = newTenant({ settings: { vaultDns: 0, accessPolicyEffect: 0 } });
  const { objectId } = tenant.azure.principals.owner;
  const body = policyVault(tenant, { objectId, secrets: ['all'] });
  const { vaults } = tenant.as('owner').keyVault;
  await vaults.createOrUpdate('g', 'kv-one', body).submitted();
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
  await vaults.update('g', 'kv-one', { properties: { enableRbacAuthorization: true } });
  return tenant;
};

const call = ({ call: send }: Tenant, method: string, path: string, as: 'owner' | 'reader'): Promise<Answer> =>
  send(method, path, {
    as,
    host: 'https://kv-one.vault.localhost',
    audience: 'https://vault.localhost',
    apiVersion: '7.4',
    ...(method === 'PUT' ? { body: { value: 'v' } } : {}),
  });

test('a vault with role-based access ignores its policies, and its owner has no access to its contents', async () => {
  const tenant = await withVault();
  const { clientId, objectId } = tenant.azure.principals.owner;
  const answer = await call(tenant, 'GET', '/secrets/s', 'owner');
  const { error } = answer.body as { error: { innererror: { code: string } } };
  assert.deepEqual([answer.status, error.innererror.code], [403, 'ForbiddenByRbac']);
  for (const part of [
    `appid=${clientId};oid=${objectId};`,
    "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'",
    `Resource: '${tenant.vaultId('kv-one').toLowerCase()}/secrets/s'`,
  ]) {
    assert.ok(answer.message.includes(part), part);
  }
});

test('a secrets user may read, a secrets officer may change', async () => {
  const tenant = await withVault();
  const scope = tenant.vaultId('kv-one');
  const status = async (method: string) => (await call(tenant, method, '/secrets/s', 'reader')).status;
  tenant.azure.control.assignRole({ principal: 'reader', role: keyVaultSecretsUser, scope });
  assert.deepEqual([await status('GET'), await status('PUT')], [200, 403]);
  tenant.azure.control.assignRole({ principal: 'reader', role: keyVaultSecretsOfficer, scope });
  assert.equal(await status('PUT'), 200);
});

test('a role for one secret opens no other secret and no list', async () => {
  const tenant = await withVault();
  const scope = `${tenant.vaultId('kv-one')}/secrets/s`;
  tenant.azure.control.assignRole({ principal: 'reader', role: keyVaultSecretsUser, scope });
  const status = async (path: string) => (await call(tenant, 'GET', path, 'reader')).status;
  assert.deepEqual(
    [await status('/secrets/S/'), await status('/secrets/t'), await status('/secrets')],
    [200, 403, 403],
  );
});

test('a role for another vault opens nothing', async () => {
  const tenant = await withVault();
  const scope = tenant.vaultId('kv-on');
  tenant.azure.control.assignRole({ principal: 'reader', role: keyVaultSecretsOfficer, scope });
  assert.equal((await call(tenant, 'GET', '/secrets/s', 'reader')).status, 403);
});
