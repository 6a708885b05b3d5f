/**
 * Whatever is asked of the local Azure, it answers as a service would: never with a failure of its own, and its state
 * stays sound. `RANDOM_REQUESTS=100000` asks about that often instead of a few thousand times.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Principal } from '../entra/principals.ts';
import { storageBlobDataReader } from '../entra/roles.ts';
import type { State } from '../state.ts';
import { pooledCertificates, repeatedCertificates } from './certificates.ts';
import { anyRequest, type AnyRequest } from './any-request.ts';
import { assertStateInvariants } from './state-invariants.ts';
import { newTenant, policyVault, type Tenant } from './tenant.ts';

const mostInOneLife = 80;
const lives = Math.ceil(Number(process.env['RANDOM_REQUESTS'] ?? 12_000) / (mostInOneLife / 2));

/** A vault with a secret, an account, a device, a lock and a setting: most requests find something. */
const settle = async (tenant: Tenant): Promise<void> => {
  const { group, wait, call } = tenant;
  tenant.azure.control.putGroup({ name: '日本', location: 'westeurope' });
  tenant.azure.control.assignRole({ principal: 'owner', role: storageBlobDataReader });
  const put = async (path: string, apiVersion: string, body: unknown): Promise<void> => {
    const { status, message } = await call('PUT', `${group}/providers/${path}`, { apiVersion, body });
    assert.ok(status < 300, message);
  };
  const location = 'westeurope';
  const { objectId } = tenant.azure.principals.owner;
  const vault = 'Microsoft.KeyVault/vaults/kv-one';
  const account = 'Microsoft.Storage/storageAccounts/accone';
  await put(vault, '2026-02-01', policyVault(tenant, { objectId, secrets: ['all'] }));
  await put(account, '2025-08-01', { location, sku: { name: 'Standard_ZRS' }, kind: 'StorageV2' });
  await put('Microsoft.DataBoxEdge/dataBoxEdgeDevices/edge-1', '2021-06-01', {
    location,
    sku: { name: 'EdgeP_Base' },
    identity: { type: 'SystemAssigned' },
  });
  wait(60_000);
  await put(`${vault}/providers/Microsoft.Insights/diagnosticSettings/x`, '2021-05-01-preview', {
    properties: {
      storageAccountId: `${group}/providers/${account}`,
      logs: [{ category: 'AuditEvent', enabled: true }],
    },
  });
  await tenant.as('owner').secrets('kv-one').setSecret('s', 'v');
};

const audienceAt = (host: string): string => {
  if (host.endsWith('.vault.localhost')) return 'https://vault.localhost';
  return host.endsWith('.blob.localhost') ? 'https://storage.azure.com' : `https://${host}`;
};

/** What says who asks; nothing where nobody does. */
const authorizationOf = ({ azure, clock }: Tenant, { as, host }: AnyRequest): string | undefined => {
  const { owner, reader } = azure.principals;
  const bearer = (principal: Principal, audience = audienceAt(host)): string =>
    `Bearer ${azure.issueToken(principal, audience)}`;
  if (as === 'nobody') return undefined;
  if (as === 'anybody') return 'Bearer eyJ.e30.x';
  if (as === 'by password') return `Basic ${btoa('%:%')}`;
  if (as === 'elsewhere') return bearer(owner, 'https://elsewhere');
  if (as === 'device') {
    return bearer(Object.values(azure.state.principals).find(({ kind }) => kind === 'managedIdentity') ?? reader);
  }
  if (as !== 'too late') return bearer(azure.principals[as]);
  const authorization = bearer(owner);
  clock.advance(3_600_000);
  return authorization;
};

const filledIn = (text: string, { azure, subscriptionId }: Tenant): string => {
  const { objectId, clientId, clientSecret = '' } = azure.principals.owner;
  return text
    .replaceAll('{subscription}', subscriptionId)
    .replaceAll('{tenant}', azure.state.tenantId)
    .replaceAll('{owner}', objectId)
    .replaceAll('{client}', clientId)
    .replaceAll('{secret}', clientSecret);
};

/** The answer, or nothing where the name of the host does not resolve. */
const answerTo = async (tenant: Tenant, asked: AnyRequest): Promise<Response | undefined> => {
  tenant.wait(asked.after);
  const authorization = authorizationOf(tenant, asked);
  const request = new Request(`https://${asked.host}${filledIn(asked.path, tenant)}`, {
    method: asked.method,
    headers: { ...asked.headers, ...(authorization === undefined ? {} : { authorization }) },
    ...(asked.body === undefined ? {} : { body: filledIn(asked.body, tenant) }),
  });
  try {
    return await tenant.azure.fetch(request);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND') return undefined;
    throw error;
  }
};

/** An answer has a status that exists, and JSON where it says so. */
const assertAnswer = async (answer: Response): Promise<void> => {
  assert.ok(answer.status >= 200 && answer.status < 500, `answered with ${answer.status}`);
  const text = await answer.text();
  if (text !== '' && answer.headers.get('content-type')?.includes('json')) JSON.parse(text);
};

const newWorld = async (throttling: boolean): Promise<{ tenant: Tenant; start: State }> => {
  const certificates = repeatedCertificates(await pooledCertificates());
  const tenant = newTenant({ certificates, settings: { throttling, vaultDns: 1000, pageSize: 3 } });
  await settle(tenant);
  return { tenant, start: tenant.azure.snapshot() };
};

for (const throttling of [false, true]) {
  test(`random requests are answered${throttling ? ', throttled or not' : ''}`, async () => {
    const { tenant, start } = await newWorld(throttling);
    const life = fc.array(anyRequest, { minLength: 1, maxLength: mostInOneLife, size: 'max' });
    const property = fc.asyncProperty(life, async (requests) => {
      tenant.azure.restore(start);
      for (const request of requests) {
        const answer = await answerTo(tenant, request);
        if (answer) await assertAnswer(answer);
      }
      assertStateInvariants(tenant.azure.state);
    });
    await fc.assert(property, { numRuns: Math.ceil(lives / 2) });
  });
}

test('the invariants detect an unsound state', async () => {
  const { tenant, start } = await newWorld(false);
  const [vault] = Object.values(start.vaults);
  assert.ok(vault);
  const broken: ((state: State) => void)[] = [
    (state) => (state.vaults['other'] = vault),
    (state) => (state.deletedVaults['kv-one'] = { vault, deletedAt: 0, purgeAt: 1 }),
    (state) => (state.groups = {}),
    (state) => (state.seed = Number.NaN),
    (state) => (state.vaults['kv-one'] = { ...vault, policyVersions: [] }),
  ];
  assertStateInvariants(tenant.azure.state);
  for (const breakIt of broken) {
    const state = structuredClone(start);
    breakIt(state);
    assert.throws(() => assertStateInvariants(state), assert.AssertionError);
  }
});
