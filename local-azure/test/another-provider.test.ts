/** A resource provider is one table: all that Azure Resource Manager does around it comes by itself. */
import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import { empty, json, resourceNotFound } from '../arm/answers.ts';
import { locationOf } from '../arm/locations.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Provider, TrackedResource } from '../arm/provider.ts';
import { providers } from '../providers.ts';
import { newTenant, type Answer, type Tenant } from './tenant.ts';

// Its hooks are its own: this file is played in one process with others.
suite('a provider that was added', () => {
  const toys = new Map<string, TrackedResource>();

  const type = 'Contoso.Toys/toys';

  const putToy = ({ target, body }: ArmCall): Response => {
    const [name = ''] = target.names;
    const toy = { id: target.id, name, type, location: locationOf(body, target), tags: {} };
    toys.set(fold(target.id), toy);
    return json(201, toy);
  };

  const getToy = ({ target }: ArmCall): Response => {
    const toy = toys.get(fold(target.id));
    if (toy) return json(200, toy);
    throw resourceNotFound(type, target.names[0] ?? '', target.resourceGroup);
  };

  const contoso: Provider = {
    namespace: 'Contoso.Toys',
    registration: 'required',
    apiVersions: ['2026-01-01'],
    routes: {
      'PUT group/toys/{}': putToy,
      'GET group/toys/{}': getToy,
      'DELETE group/toys/{}': ({ target }) => empty(toys.delete(fold(target.id)) ? 200 : 204),
      'GET group/toys': (call) => page(call, [...toys.values()]),
      'POST group/toys/{}/wind': { run: () => json(200, { wound: true }), effect: 'reveals' },
    },
    resources: () => [...toys.values()],
    forgetGroup: () => toys.clear(),
  };

  const playroom = (): Tenant => newTenant({ providers: [...providers, contoso] });

  const register = ({ azure }: Tenant): void => azure.control.register({ namespace: 'Contoso.Toys' });

  const onToy = (
    { call, group }: Tenant,
    method: string,
    { path = '', as = 'owner' }: { path?: string; as?: 'owner' | 'reader' } = {},
  ): Promise<Answer> =>
    call(method, `${group}/providers/Contoso.Toys/toys/bear${path}`, {
      apiVersion: '2026-01-01',
      as,
      ...(method === 'PUT' ? { body: { location: 'West Europe' } } : {}),
    });

  beforeEach(() => toys.clear());

  test('requires registration before use, under the name in the list of providers', async () => {
    const tenant = playroom();
    assert.equal((await onToy(tenant, 'PUT')).code, 'MissingSubscriptionRegistration');
    const shown = await tenant.as('owner').resources.providers.get('contoso.toys');
    assert.deepEqual([shown.namespace, shown.registrationState], ['Contoso.Toys', 'NotRegistered']);
    assert.deepEqual(
      shown.resourceTypes?.map(({ resourceType }) => resourceType),
      ['toys'],
    );
    register(tenant);
    assert.equal((await onToy(tenant, 'PUT')).status, 201);
  });

  test('finds its resources in any spelling, and lists them in pages and among all resources', async () => {
    const tenant = playroom();
    register(tenant);
    await onToy(tenant, 'PUT');
    const path = `${tenant.group}//PROVIDERS/contoso.toys/TOYS/Bear`;
    assert.equal((await tenant.call('GET', path, { apiVersion: '2026-01-01' })).status, 200);
    const listed = await Array.fromAsync(tenant.as('owner').resources.resources.listByResourceGroup('g'));
    assert.deepEqual(
      listed.map((resource) => resource.name),
      ['bear'],
    );
  });

  test('derives the right for each call from its route', async () => {
    const tenant = playroom();
    register(tenant);
    await onToy(tenant, 'PUT');
    assert.equal((await onToy(tenant, 'GET', { as: 'reader' })).status, 200);
    const refused = await onToy(tenant, 'POST', { path: '/wind', as: 'reader' });
    assert.match(refused.message, /action 'Contoso\.Toys\/toys\/wind\/action'/);
  });

  test('respects locks on its resources', async () => {
    const tenant = playroom();
    register(tenant);
    await onToy(tenant, 'PUT');
    const lock = `/providers/Microsoft.Authorization/locks/keep`;
    const scope = `${tenant.group}/providers/Contoso.Toys/toys/bear`;
    await tenant.call('PUT', `${scope}${lock}`, {
      apiVersion: '2020-05-01',
      body: { properties: { level: 'ReadOnly' } },
    });
    assert.equal((await onToy(tenant, 'DELETE')).code, 'ScopeLocked');
    assert.equal((await onToy(tenant, 'POST', { path: '/wind' })).code, 'ScopeLocked');
    assert.equal((await onToy(tenant, 'GET')).status, 200);
  });

  test('loses its resources with their group', async () => {
    const tenant = playroom();
    register(tenant);
    await onToy(tenant, 'PUT');
    await tenant.call('DELETE', tenant.group, { apiVersion: '2024-11-01' });
    assert.equal(toys.size, 0);
  });

  test('refuses unknown versions, types and methods', async () => {
    const tenant = playroom();
    register(tenant);
    const at = (path: string): string => `${tenant.group}/providers/Contoso.Toys/${path}`;
    const codeOf = async (method: string, path: string, apiVersion: string): Promise<string | undefined> =>
      (await tenant.call(method, at(path), { apiVersion })).code;
    assert.equal(await codeOf('GET', 'toys/bear', '2020-01-01'), 'NoRegisteredProviderFound');
    assert.equal(await codeOf('GET', 'tools/bear', '2026-01-01'), 'InvalidResourceType');
    assert.equal((await tenant.call('PATCH', at('toys/bear'), { apiVersion: '2026-01-01' })).status, 405);
  });
});
