import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { PrincipalName } from '../new-state.ts';
import { allRecords, auditedTenant } from './audit.ts';
import { edgeTenant, type EdgeTenant } from './edge.ts';
import { codeOf, policyVault, type Answer, type CallOptions, type Tenant } from './tenant.ts';

const tagsVersion = '2025-04-01';
const vaultVersion = '2026-02-01';
const minute = 60_000;

type Tags = Record<string, string>;
type Operation = 'Merge' | 'Replace' | 'Delete';

/** With a vault `kv-one`, an account `logs1` and a device `edge-1`. */
const tagged = async (throttling = false): Promise<EdgeTenant> => {
  const tenant = edgeTenant({ vaultDns: 0, accessPolicyEffect: 0, storageAccount: 0, throttling });
  const { keyVault, storage } = tenant.as('owner');
  await keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  await storage.storageAccounts
    .create('g', 'logs1', { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' })
    .submitted();
  await tenant.orderDevice('edge-1');
  return tenant;
};

const scopes: Record<string, (tenant: EdgeTenant) => string> = {
  'a vault': ({ vaultId }) => vaultId('kv-one'),
  'an account': ({ group }) => `${group}/providers/Microsoft.Storage/storageAccounts/logs1`,
  'a device': ({ deviceId }) => deviceId('edge-1'),
  'a group': ({ group }) => group,
  'a subscription': ({ subscriptionId }) => `/subscriptions/${subscriptionId}`,
};
const vault = scopes['a vault']!;
const account = scopes['an account']!;

const onTags = (tenant: Tenant, scope: string, method: string, options: CallOptions = {}): Promise<Answer> =>
  tenant.call(method, `${scope}/providers/Microsoft.Resources/tags/default`, { apiVersion: tagsVersion, ...options });

const patch = (
  tenant: Tenant,
  scope: string,
  operation: Operation,
  tags: Tags,
  as: PrincipalName = 'owner',
): Promise<Answer> => onTags(tenant, scope, 'PATCH', { as, body: { operation, properties: { tags } } });

const tagsIn = ({ body }: Answer): Tags => (body as { properties: { tags: Tags } }).properties.tags;

const tagsOf = async (tenant: Tenant, scope: string): Promise<Tags> => tagsIn(await onTags(tenant, scope, 'GET'));

suite('the tags at a scope', () => {
  for (const [what, scopeOf] of Object.entries(scopes)) {
    test(`of ${what} are replaced, merged and deleted by the official client`, async () => {
      const tenant = await tagged();
      const scope = scopeOf(tenant).slice(1);
      const { tagsOperations } = tenant.as('owner').resources;
      const update = async (operation: Operation, tags: Tags) =>
        (await tagsOperations.updateAtScope(scope, { operation, properties: { tags } })).properties.tags;
      assert.deepEqual((await tagsOperations.getAtScope(scope)).properties.tags, {});
      await tagsOperations.createOrUpdateAtScope(scope, { properties: { tags: { a: '1', b: '2' } } });
      assert.deepEqual(await update('Merge', { b: '3', c: '4' }), { a: '1', b: '3', c: '4' });
      assert.deepEqual(await update('Delete', { a: '1' }), { b: '3', c: '4' });
      assert.deepEqual(await update('Replace', { d: '5' }), { d: '5' });
      assert.deepEqual((await tagsOperations.getAtScope(scope)).properties.tags, { d: '5' });
      await tagsOperations.deleteAtScope(scope);
      assert.deepEqual((await tagsOperations.getAtScope(scope)).properties.tags, {});
    });
  }

  test('are the tags that the vault, the account and the group show', async () => {
    const tenant = await tagged();
    for (const scopeOf of [vault, account, scopes['a group']!])
      await patch(tenant, scopeOf(tenant), 'Merge', { a: '1' });
    const { keyVault, storage, resources } = tenant.as('owner');
    assert.deepEqual((await keyVault.vaults.get('g', 'kv-one')).tags, { a: '1' });
    assert.deepEqual((await storage.storageAccounts.getProperties('g', 'logs1')).tags, { a: '1' });
    assert.deepEqual((await resources.resourceGroups.get('g')).tags, { a: '1' });
  });

  test('are returned as a whole, under the name "default"', async () => {
    const tenant = await tagged();
    const { status, body } = await patch(tenant, vault(tenant), 'Merge', { a: '1' });
    const id = `${vault(tenant)}/providers/Microsoft.Resources/tags/default`;
    assert.deepEqual(
      [status, body],
      [200, { id, name: 'default', type: 'Microsoft.Resources/tags', properties: { tags: { a: '1' } } }],
    );
    const deleted = await onTags(tenant, vault(tenant), 'DELETE');
    assert.deepEqual([deleted.status, deleted.body], [200, '']);
  });

  test('are deleted by name and value, and by name alone with an empty value', async () => {
    const tenant = await tagged();
    await patch(tenant, vault(tenant), 'Merge', { a: '1', b: '2', c: '3' });
    const left = tagsIn(await patch(tenant, vault(tenant), 'Delete', { a: '1', b: 'another', c: '', d: '' }));
    assert.deepEqual(left, { b: '2' });
  });

  test('change the last modification of a vault, and never its creation', async () => {
    const tenant = await tagged();
    const systemData = async () => (await tenant.as('owner').keyVault.vaults.get('g', 'kv-one')).systemData;
    const made = await systemData();
    tenant.wait(minute);
    await patch(tenant, vault(tenant), 'Merge', { a: '1' }, 'worker');
    const now = await systemData();
    assert.ok(made?.createdAt);
    assert.deepEqual([now?.createdAt, now?.createdBy], [made.createdAt, made.createdBy]);
    assert.equal(now?.lastModifiedAt?.getTime(), made.createdAt.getTime() + minute);
    assert.equal(now?.lastModifiedBy, tenant.azure.principals.worker.clientId);
  });

  test('are audited as a change of the vault', async () => {
    const tenant = await auditedTenant();
    await patch(tenant, tenant.vaultId('kv-one'), 'Merge', { a: '1' });
    await onTags(tenant, tenant.vaultId('kv-one'), 'GET');
    const operations = (await allRecords(tenant)).map(({ operationName }) => operationName);
    assert.deepEqual(operations, ['VaultPatch', 'VaultGet']);
  });
});

suite('tag names that differ only in case are one name', () => {
  test('in a merge, which keeps the existing spelling', async () => {
    const tenant = await tagged();
    await patch(tenant, vault(tenant), 'Merge', { Owner: 'me' });
    assert.deepEqual(tagsIn(await patch(tenant, vault(tenant), 'Merge', { OWNER: 'you' })), { Owner: 'you' });
  });

  test('in a deletion', async () => {
    const tenant = await tagged();
    await patch(tenant, vault(tenant), 'Merge', { Owner: 'me', a: '1' });
    assert.deepEqual(tagsIn(await patch(tenant, vault(tenant), 'Delete', { oWNER: 'me' })), { a: '1' });
  });

  test('in a replacement', async () => {
    const tenant = await tagged();
    assert.deepEqual(tagsIn(await patch(tenant, vault(tenant), 'Replace', { Owner: 'me', owner: 'you' })), {
      Owner: 'you',
    });
  });

  const bodies: Record<string, object> = {
    'a vault': {},
    'an account': { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' },
    'a device': { location: 'westeurope' },
    'a group': { location: 'westeurope' },
  };
  const versions: Record<string, string> = {
    'a vault': vaultVersion,
    'an account': '2025-08-01',
    'a device': '2021-06-01',
    'a group': '2024-11-01',
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(`in a PUT and in a PATCH of ${what}`, async () => {
      const tenant = await tagged();
      const scope = scopes[what]!(tenant);
      const whole = what === 'a vault' ? policyVault(tenant) : body;
      const write = (method: string, sent: object) =>
        tenant.call(method, scope, { apiVersion: versions[what]!, body: sent });
      assert.equal((await write('PUT', { ...whole, tags: { Owner: 'me', owner: 'you' } })).status, 200);
      assert.deepEqual(await tagsOf(tenant, scope), { Owner: 'you' });
      assert.equal((await write('PATCH', { tags: { a: '1', A: '2' } })).status, 200);
      assert.deepEqual(await tagsOf(tenant, scope), { a: '2' });
    });
  }
});

suite('a caller that writes tags', () => {
  test('needs the right for tags and no right for the resource', async () => {
    const tenant = await tagged();
    const lacks = await patch(tenant, vault(tenant), 'Merge', { a: '1' }, 'reader');
    assert.equal(lacks.code, 'AuthorizationFailed');
    assert.match(lacks.message, /perform action 'Microsoft\.Resources\/tags\/write' over scope '.*\/tags\/default'/);
    tenant.azure.control.assignRole({ principal: 'reader', role: 'Tag Contributor' });
    for (const scopeOf of Object.values(scopes)) {
      assert.equal((await patch(tenant, scopeOf(tenant), 'Merge', { a: '1' }, 'reader')).status, 200);
    }
    const body = { tags: { b: '2' } };
    const whole = await tenant.call('PATCH', vault(tenant), { as: 'reader', apiVersion: vaultVersion, body });
    assert.equal(whole.code, 'AuthorizationFailed');
  });

  test('does not have it through the right to write the resource', async () => {
    const tenant = await tagged();
    tenant.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Resources/tags/write' });
    assert.equal((await patch(tenant, vault(tenant), 'Merge', { a: '1' }, 'worker')).code, 'AuthorizationFailed');
    const body = { tags: { b: '2' } };
    assert.equal(
      (await tenant.call('PATCH', vault(tenant), { as: 'worker', apiVersion: vaultVersion, body })).status,
      200,
    );
  });

  test('needs other rights to read and to delete them', async () => {
    const tenant = await tagged();
    const refused = async (method: string): Promise<string> =>
      (await onTags(tenant, vault(tenant), method, { as: 'worker' })).message;
    assert.match(await refused('GET'), /perform action 'Microsoft\.Resources\/tags\/read'/);
    assert.match(await refused('DELETE'), /perform action 'Microsoft\.Resources\/tags\/delete'/);
  });
});

suite('a write of tags', () => {
  test('is refused by a ReadOnly lock, and not by a lock that forbids deletion', async () => {
    const tenant = await tagged();
    for (const [what, scopeOf] of Object.entries(scopes)) {
      const scope = scopeOf(tenant);
      tenant.azure.control.putLock({ scope, name: 'keep', level: 'CanNotDelete' });
      assert.equal((await patch(tenant, scope, 'Merge', { a: '1' })).status, 200, what);
      assert.equal((await patch(tenant, scope, 'Delete', { a: '1' })).status, 200, what);
      tenant.azure.control.putLock({ scope, name: 'keep', level: 'ReadOnly' });
      assert.equal((await patch(tenant, scope, 'Merge', { a: '1' })).code, 'ScopeLocked', what);
      assert.equal((await onTags(tenant, scope, 'GET')).status, 200, what);
      tenant.azure.control.removeLock({ scope, name: 'keep' });
    }
  });

  test('uses one write of its caller, and for an account also one write of the storage provider', async () => {
    const tenant = await tagged(true);
    const left = async (scope: string) =>
      (await patch(tenant, scope, 'Merge', { a: '1' }, 'worker')).headers.get(
        'x-ms-ratelimit-remaining-subscription-writes',
      );
    assert.deepEqual([await left(vault(tenant)), await left(account(tenant))], ['199', '198']);
    tenant.wait(minute);
    for (let write = 0; write < 10; write += 1) await left(account(tenant));
    assert.equal((await patch(tenant, account(tenant), 'Merge', { a: '1' })).code, 'TooManyRequests');
    assert.equal((await patch(tenant, vault(tenant), 'Merge', { a: '1' })).status, 200);
  });

  test('appears in the request log under its own action', async () => {
    const tenant = await tagged();
    await patch(tenant, vault(tenant), 'Merge', { a: '1' });
    const { action, write } = tenant.azure.requests.at(-1) ?? {};
    assert.deepEqual([action, write], ['Microsoft.Resources/tags/write', true]);
  });

  const many = (count: number): Tags => Object.fromEntries(Array.from({ length: count }, (_, at) => [`tag${at}`, 'x']));
  const limits: [what: string, tags: Tags, code: string | undefined][] = [
    ['fifty tags', many(50), undefined],
    ['fifty-one tags', many(51), 'TooManyTags'],
    ['a name of 512 characters', { ['n'.repeat(512)]: 'x' }, undefined],
    ['a name of 513 characters', { ['n'.repeat(513)]: 'x' }, 'InvalidTagName'],
    ['a value of 256 characters', { a: 'v'.repeat(256) }, undefined],
    ['a value of 257 characters', { a: 'v'.repeat(257) }, 'InvalidTagValueLength'],
    ['a name with a reserved character', { 'a/b': 'x' }, 'InvalidTagNameCharacters'],
    ['a hidden name with a reserved character', { 'hidden-link:/a': 'x' }, undefined],
  ];
  for (const [what, tags, code] of limits) {
    test(`${code === undefined ? 'accepts' : 'refuses'} ${what}, as the vault itself does`, async () => {
      const tenant = await tagged();
      const body = { tags };
      assert.equal((await patch(tenant, vault(tenant), 'Merge', tags)).code, code);
      assert.equal((await tenant.call('PATCH', vault(tenant), { apiVersion: vaultVersion, body })).code, code);
    });
  }

  test('counts the existing tags: a merge cannot exceed fifty', async () => {
    const tenant = await tagged();
    await patch(tenant, vault(tenant), 'Merge', many(50));
    assert.equal((await patch(tenant, vault(tenant), 'Merge', { TAG0: 'y' })).status, 200);
    assert.equal((await patch(tenant, vault(tenant), 'Merge', { more: 'x' })).code, 'TooManyTags');
  });

  const refused: [what: string, scopeOf: (tenant: EdgeTenant) => string, operation: string, code: string][] = [
    ['on a missing resource', ({ vaultId }) => vaultId('kv-two'), 'Merge', 'ResourceNotFound'],
    ['in a missing group', ({ group }) => `${group}-two`, 'Merge', 'ResourceGroupNotFound'],
    ['on a resource without tags', (tenant) => `${vault(tenant)}/secrets/s`, 'Merge', 'TagsNotSupported'],
    ['by an unknown operation', vault, 'Add', 'InvalidTagsPatchOperation'],
    ['without an operation', vault, '', 'InvalidTagsPatchOperation'],
  ];
  for (const [what, scopeOf, operation, code] of refused) {
    test(`${what} is refused with ${code}`, async () => {
      const tenant = await tagged();
      const body = { ...(operation ? { operation } : {}), properties: { tags: { a: '1' } } };
      assert.equal((await onTags(tenant, scopeOf(tenant), 'PATCH', { body })).code, code);
    });
  }

  test('is refused while the device is being deleted', async () => {
    const tenant = await tagged();
    await tenant.onDevice('DELETE', 'edge-1');
    assert.equal((await patch(tenant, tenant.deviceId('edge-1'), 'Merge', { a: '1' })).status, 409);
  });

  test('under another name than "default" finds nothing', async () => {
    const tenant = await tagged();
    const path = `${vault(tenant)}/providers/Microsoft.Resources/tags/others`;
    assert.equal((await tenant.call('GET', path, { apiVersion: tagsVersion })).code, 'ResourceNotFound');
  });
});

suite('the creation time of a vault', () => {
  const createdAt = async (tenant: Tenant) =>
    (await tenant.as('owner').keyVault.vaults.get('g', 'kv-one')).systemData?.createdAt?.getTime();

  const recovered = async (tenant: Tenant): Promise<Answer> => {
    const { location, properties } = policyVault(tenant);
    const body = { location, properties: { ...properties, createMode: 'recover' } };
    return tenant.call('PUT', tenant.vaultId('kv-one'), { apiVersion: vaultVersion, body });
  };

  test('survives every change, its deletion and its recovery, and is in the answer of the recovery', async () => {
    const tenant = await tagged();
    const made = await createdAt(tenant);
    assert.equal(made, tenant.azure.now());
    const { vaults } = tenant.as('owner').keyVault;
    tenant.wait(minute);
    await vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
    await vaults.update('g', 'kv-one', { properties: { enabledForDeployment: true } });
    assert.equal(await createdAt(tenant), made);
    await vaults.delete('g', 'kv-one');
    tenant.wait(minute);
    const { body } = await recovered(tenant);
    assert.equal(Date.parse((body as { systemData: { createdAt: string } }).systemData.createdAt), made);
    assert.equal(await createdAt(tenant), made);
  });

  test('is not shown for a deleted vault', async () => {
    const tenant = await tagged();
    const { vaults } = tenant.as('owner').keyVault;
    await vaults.delete('g', 'kv-one');
    assert.equal((await vaults.getDeleted('kv-one', 'westeurope')).systemData, undefined);
  });

  test('is another one after the vault was purged and recreated', async () => {
    const tenant = await tagged();
    const made = await createdAt(tenant);
    await tenant.as('owner').keyVault.vaults.delete('g', 'kv-one');
    tenant.azure.control.purgeVault({ vaultName: 'kv-one' });
    tenant.wait(minute);
    const { vaults } = tenant.as('owner').keyVault;
    assert.equal(await codeOf(vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted()), 'no failure');
    assert.equal(await createdAt(tenant), (made ?? 0) + minute);
  });

  test("is shown for a stranger's vault, too", async () => {
    const tenant = await tagged();
    tenant.azure.control.putStrangersVault({ name: 'kv-theirs', group: 'g' });
    const { systemData } = await tenant.as('owner').keyVault.vaults.get('g', 'kv-theirs');
    assert.equal(systemData?.createdAt?.getTime(), tenant.azure.now());
  });
});
