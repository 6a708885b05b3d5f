import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptions } from '../control/descriptions.ts';
import { answerControl } from '../serve/control.ts';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

type Answer = { status: number; body: unknown };

const ask = async (tenant: Tenant, method: string, path: string, init: RequestInit = {}): Promise<Answer> => {
  const answer = await answerControl(
    tenant.azure,
    new Request(`https://control.localhost${path}`, { method, ...init }),
  );
  return { status: answer.status, body: await answer.json() };
};

const asJson = { 'content-type': 'application/json' };

const post = (tenant: Tenant, path: string, body: unknown): Promise<Answer> =>
  ask(tenant, 'POST', path, { headers: asJson, body: JSON.stringify(body) });

const resultOf = ({ status, body }: Answer): unknown => {
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { result: unknown }).result;
};

const refusalOf = ({ status, body }: Answer): string => {
  const { error } = body as { error: { code: string; message: string } };
  return `${status} ${error.code}: ${error.message}`;
};

test('the control host describes all its functions', async () => {
  const tenant = newTenant();
  const { status, body } = await ask(tenant, 'GET', '/');
  assert.equal(status, 200);
  for (const name of Object.keys(tenant.azure.control)) assert.ok(`POST /${name}` in (body as object), name);
});

test('every example in the description is accepted', async () => {
  for (const [name, { example }] of Object.entries(descriptions)) {
    const answer = await post(newTenant(), `/${name}`, example ?? {});
    assert.doesNotMatch(JSON.stringify(answer.body), /as in|knows no|needs|is not a function/, name);
  }
});

test('a function without arguments can be called without a body', async () => {
  const tenant = newTenant();
  assert.deepEqual(resultOf(await ask(tenant, 'POST', '/readClock')), tenant.azure.control.readClock());
});

test('a page in a browser is refused, whatever it requests', async () => {
  const tenant = newTenant();
  for (const [method, path] of [
    ['POST', '/clearRequests'],
    ['GET', '/requests'],
    ['OPTIONS', '/clearRequests'],
  ] as const) {
    const answer = await ask(tenant, method, path, { headers: { ...asJson, origin: 'https://example.com' } });
    assert.match(refusalOf(answer), /^403 OriginNotAllowed/);
  }
});

for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
  test(`${type} is refused with the accepted type, since a page in a browser could send it`, async () => {
    const tenant = newTenant();
    const now = tenant.azure.now();
    const answer = await ask(tenant, 'POST', '/advanceClock', {
      headers: { 'content-type': type },
      body: '{"days":90}',
    });
    assert.match(refusalOf(answer), /^415 UnsupportedMediaType: Send JSON .*curl --json/);
    assert.equal(tenant.azure.now(), now);
  });
}

const wrong: [path: string, body: unknown, refusal: string | RegExp][] = [
  ['/explode', {}, "404 NotFound: There is no 'explode' here: GET / lists what there is."],
  ['/constructor', {}, /^404 NotFound/],
  ['/softDeleteVault', {}, '400 ControlFailed: softDeleteVault needs "vaultName", as in {"vaultName":"kv-one"}.'],
  ['/softDeleteVault', { vault: 'x' }, /^400 ControlFailed: softDeleteVault knows no "vault", as in \{"vaultName"/],
  ['/softDeleteVault', { vaultName: 1 }, /^400 ControlFailed: softDeleteVault takes a string as "vaultName"/],
  ['/softDeleteVault', ['x'], /^400 ControlFailed: softDeleteVault takes an object, as in/],
  ['/readClock', { zone: 'UTC' }, '400 ControlFailed: readClock knows no "zone".'],
  ['/putLock', { scope: '/x', name: 'l', level: 'Tight' }, /"level" is one of CanNotDelete, ReadOnly/],
  ['/advanceClock', {}, /^400 ControlFailed: Say one of "ms", "days" and "until"/],
  ['/addFault', { action: 'explode' }, /^400 ControlFailed: "explode" is no "action": say one of "refuse"/],
  ['/changeSettings', { colour: 1 }, /^400 ControlFailed: There is no setting 'colour'; there is storageAccount,/],
  ['/restore', { id: 'x' }, "400 ControlFailed: There is no snapshot 'x'; there is start."],
  ['/devices/edge-1/activate', {}, '400 KeyMissing: Send the activation key as {"key":"..."}.'],
];

for (const [path, body, refusal] of wrong) {
  test(`${path} ${JSON.stringify(body)} is refused with the correct form`, async () => {
    const said = refusalOf(await post(newTenant(), path, body));
    if (typeof refusal === 'string') assert.equal(said, refusal);
    else assert.match(said, refusal);
  });
}

test('a body that is not JSON is refused', async () => {
  const answer = await ask(newTenant(), 'POST', '/reset', { headers: asJson, body: '{' });
  assert.match(refusalOf(answer), /^400 NotJson/);
});

test('other methods and paths are refused', async () => {
  assert.match(refusalOf(await ask(newTenant(), 'DELETE', '/requests')), /^405 MethodNotAllowed/);
  assert.match(refusalOf(await ask(newTenant(), 'GET', '/readClock')), /^404 NotFound/);
});

test('the request log is returned from a position on', async () => {
  const tenant = newTenant();
  for (const path of ['/subscriptions', '/tenants']) await tenant.call('GET', path, { apiVersion: '2022-12-01' });
  const paths = async (query: string): Promise<string[]> =>
    ((await ask(tenant, 'GET', `/requests${query}`)).body as { path: string }[]).map(({ path }) => path);
  assert.deepEqual(await paths(''), ['/subscriptions', '/tenants']);
  assert.deepEqual(await paths('?since=1'), ['/tenants']);
});

test('a world is saved, left and restored through the control host', async () => {
  const tenant = newTenant();
  const kept = resultOf(await post(tenant, '/snapshot', {}));
  await post(tenant, '/putGroup', { name: 'another', location: 'westeurope' });
  await post(tenant, '/restore', kept);
  assert.deepEqual(Object.keys(tenant.azure.state.groups), [tenant.group.toLowerCase()]);
});

test('a function of the control host delivers late requests', async () => {
  const tenant = newTenant();
  await post(tenant, '/addFault', { method: 'PUT', times: 1, action: { deliverLate: {} } });
  const put = tenant.as('owner').keyVault.vaults.createOrUpdate('g', 'kv-one', policyVault(tenant)).submitted();
  await assert.rejects(async () => await put, { code: 'ECONNRESET' });
  await post(tenant, '/readClock', {});
  assert.deepEqual(Object.keys(tenant.azure.state.vaults), ['kv-one']);
});
