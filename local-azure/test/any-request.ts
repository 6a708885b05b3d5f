/** Requests by chance: close enough to good ones to get somewhere, and far enough from them to surprise. */
import fc, { type Arbitrary } from 'fast-check';
import type { Provider } from '../arm/provider.ts';
import { principalNames, type PrincipalName } from '../new-state.ts';
import { providers } from '../providers.ts';

export type AnyRequest = {
  method: string;
  /** Without its port. */
  host: string;
  /** With its query; `{subscription}` stands for the id of the subscription. */
  path: string;
  as: PrincipalName | 'device' | 'nobody' | 'anybody' | 'too late' | 'elsewhere' | 'by password';
  /** Nothing, or the text of the body; `{tenant}`, `{owner}` and the like stand for what they name. */
  body?: string;
  headers: Record<string, string>;
  /** Milliseconds of the clock that go by before it. */
  after: number;
};

/** Letters that a group's name may have and a header may not. */
const foreign = encodeURIComponent('日本');

/** Names of things that are there, or could be, by the type before them. */
const goodNames: Readonly<Record<string, readonly string[]>> = {
  resourceGroups: ['g', 'h', foreign],
  vaults: ['kv-one', 'kv-two'],
  deletedVaults: ['kv-one', 'kv-two'],
  storageAccounts: ['accone', 'acctwo'],
  dataBoxEdgeDevices: ['edge-1', 'edge-2'],
  accessPolicies: ['add', 'replace', 'remove'],
  locations: ['westeurope'],
  providers: ['Microsoft.KeyVault', 'Microsoft.Storage'],
  secrets: ['s', 't'],
  deletedsecrets: ['s', 't'],
  operationresults: ['MQ', 'e30', 'bnVsbA', 'eyJqb2JJZCI6MX0'],
};

/** Names that programs stumble over. */
const badNames = fc.oneof(
  fc.constantFrom('constructor', '__proto__', 'toString', foreign, '.', '..', '', '%', '%2F', '%00'),
  fc.string({ maxLength: 30 }).map(encodeURIComponent),
);

const nameOf = (type: string): Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...(goodNames[type] ?? ['default', 'x'])) },
    { weight: 2, arbitrary: badNames },
  );

/** The pattern with a name in each gap. */
const filled = (pattern: string): Arbitrary<string> => {
  const parts = pattern.split('/');
  const chosen = parts.map((part, at) => (part === '{}' ? nameOf(parts[at - 1] ?? '') : fc.constant(part)));
  return fc.tuple(...chosen).map((segments) => segments.join('/'));
};

const methods = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('GET', 'PUT', 'PATCH', 'POST', 'DELETE', 'HEAD') },
  { weight: 1, arbitrary: fc.constantFrom('OPTIONS', 'PROPFIND', 'get', 'X') },
);

const subscription = '/subscriptions/{subscription}';
const group = `${subscription}/resourceGroups/g`;

const scopes: Readonly<Record<string, readonly string[]>> = {
  tenant: [''],
  subscription: [subscription],
  group: [
    group,
    group,
    group,
    group,
    ...['h', foreign, 'nowhere'].map((name) => `${subscription}/resourceGroups/${name}`),
  ],
  resource: ['vaults/kv-one', 'vaults/kv-two'].map((vault) => `${group}/providers/Microsoft.KeyVault/${vault}`),
};

const scopesOf = (kind: string): readonly string[] => scopes[kind] ?? Object.values(scopes).flat();

/** The path of a route of a provider; Azure Resource Manager's own have no `/providers/`. */
const pathOf = ({ namespace }: Provider, kind: string, pattern: string): Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...scopesOf(kind)), filled(pattern)).map(([scope, rest]) => {
    if (namespace !== 'Microsoft.Resources' || kind !== 'tenant') return `${scope}/providers/${namespace}/${rest}`;
    return `${scope}/${rest.replace(/^subscriptions\/[^/]+/, subscription.slice(1))}`;
  });

const respelt = (path: string): Arbitrary<string> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constant(path) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        path.toUpperCase(),
        path.replaceAll('/', '//'),
        `${path}/`,
        encodeURI(`/${encodeURIComponent(path)}`),
        `${path}%`,
        `${path}/../x`,
        `${path}%2F..`,
        path.replaceAll('{subscription}', 'unknown'),
      ),
    },
    { weight: 1, arbitrary: badNames.map((name) => `${path}/${name}`) },
  );

const oddQueries = [
  ...'$top=1 $top=-1 $skiptoken=x $skiptoken=c3RhcnQ6MQ maxresults=1 maxresults=x $expand=deviceSecrets'.split(' '),
  ...'$filter=atScope() $filter=name%20eq%20%27( =&&%zz api-version=1'.split(' '),
];

const query = (versions: readonly string[]): Arbitrary<string> => {
  const version = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...versions) },
    { weight: 1, arbitrary: fc.constantFrom('', '2000-01-01', 'x'.repeat(200)) },
  );
  const more = fc.oneof(
    { weight: 8, arbitrary: fc.constant('') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...oddQueries),
    },
  );
  return fc.tuple(version, more).map(([text, extra]) => `?api-version=${text}&${extra}`);
};

const entry = (objectId: string) => ({ tenantId: '{tenant}', objectId, permissions: { secrets: ['all'] } });

const vaultBody = (properties: object) => ({
  location: 'westeurope',
  properties: {
    tenantId: '{tenant}',
    sku: { family: 'A', name: 'standard' },
    enableRbacAuthorization: false,
    accessPolicies: [entry('{owner}')],
    ...properties,
  },
});

const vaultId = `${group}/providers/Microsoft.KeyVault/vaults/kv-one`;
const accountId = `${group}/providers/Microsoft.Storage/storageAccounts/accone`;

/** Bodies that calls take, by the last type of their path. */
const goodBodies: Readonly<Record<string, readonly object[]>> = {
  resourceGroups: [{ location: 'westeurope', tags: { a: 'b' } }],
  vaults: [
    vaultBody({}),
    vaultBody({ createMode: 'recover' }),
    vaultBody({ enablePurgeProtection: true, softDeleteRetentionInDays: 7 }),
    vaultBody({ enableRbacAuthorization: true }),
    vaultBody({ networkAcls: { defaultAction: 'Deny', ipRules: [{ value: '127.0.0.1' }] } }),
  ],
  accessPolicies: [{ properties: { accessPolicies: [entry('{owner}'), entry('{tenant}')] } }],
  checkNameAvailability: [{ name: 'kv-one', type: 'Microsoft.KeyVault/vaults' }, { name: 'accone' }],
  storageAccounts: [
    { location: 'westeurope', sku: { name: 'Standard_ZRS' }, kind: 'StorageV2', properties: { accessTier: 'Hot' } },
  ],
  locks: [{ properties: { level: 'CanNotDelete', notes: 'keep' } }, { properties: { level: 'ReadOnly' } }],
  diagnosticSettings: [
    { properties: { storageAccountId: accountId, logs: [{ category: 'AuditEvent', enabled: true }] } },
    { properties: { workspaceId: 'w', logs: [{ categoryGroup: 'audit', enabled: true }] } },
  ],
  dataBoxEdgeDevices: [
    { location: 'westeurope', sku: { name: 'EdgeP_Base' }, identity: { type: 'SystemAssigned' } },
    { identity: { type: 'None' } },
  ],
  updateExtendedInformation: [
    { clientSecretStoreId: vaultId, channelIntegrityKeyName: 's', channelIntegrityKeyVersion: 'x' },
    { syncStatus: 'KeyVaultSyncPending' },
  ],
  tags: [
    { operation: 'Merge', properties: { tags: { a: 'c', B: 'd' } } },
    { operation: 'Delete', properties: { tags: { A: '' } } },
    { properties: { tags: { A: 'x', a: 'y' } } },
  ],
  secrets: [
    { value: 'secret', contentType: 'text', tags: { a: 'b' }, attributes: { enabled: true, exp: 2e9 } },
    { attributes: { enabled: false } },
  ],
};

const allBodies = Object.values(goodBodies).flat();

/** The last part of a path that is a type with bodies of its own. */
const bodiesFor = (path: string): readonly object[] =>
  goodBodies[path.split(/[/?]/).findLast((part) => Object.hasOwn(goodBodies, part)) ?? ''] ?? allBodies;

const strangeValue = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 1e308, 'x'.repeat(300), [], {}, [null], [[]], { constructor: 1 }, '日本'),
  fc.jsonValue({ maxDepth: 2 }),
);

/** The body with the value at one place, found by `seed`, exchanged for another one. */
const withStrangeValue = (body: unknown, value: unknown, seed: number): unknown => {
  if (typeof body !== 'object' || body === null || seed % 7 === 0) return value;
  const keys = Object.keys(body);
  const key = keys[seed % keys.length];
  if (key === undefined) return value;
  const inner = withStrangeValue((body as Record<string, unknown>)[key], value, Math.floor(seed / 7));
  return Array.isArray(body) ? body.with(Number(key), inner) : { ...body, [key]: inner };
};

const brokenBodies = [
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '{"__proto__":{"x":1}}',
  '{"value":"v","attributes":{"exp":1e999}}',
  '['.repeat(10_000),
  `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
];

const forms = fc
  .tuple(
    fc.constantFrom('grant_type=client_credentials', 'grant_type=password', ''),
    fc.constantFrom('client_id={client}&client_secret={secret}', 'client_id={client}&client_secret=x', 'client_id=%'),
    fc.constantFrom('scope=https://vault.localhost/.default', 'resource=x', 'scope=x', 'scope=%zz'),
  )
  .map((parts) => parts.join('&'));

const bodyOf = (path: string): Arbitrary<string | undefined> => {
  if (path.endsWith('/token')) return forms;
  const good = fc.constantFrom(...bodiesFor(path));
  return fc.oneof(
    { weight: 12, arbitrary: good.map((body) => JSON.stringify(body)) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(good, strangeValue, fc.nat())
        .map(([body, value, seed]) => JSON.stringify(withStrangeValue(body, value, seed))),
    },
    { weight: 1, arbitrary: fc.constantFrom(...allBodies).map((body) => JSON.stringify(body)) },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...brokenBodies) },
    { weight: 1, arbitrary: fc.json() },
  );
};

const headers: Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Record<string, string>>(
      { 'x-ms-client-request-id': 'mine' },
      { 'x-ms-correlation-request-id': 'ü' },
      { 'if-match': '*' },
      { 'content-type': 'text/plain' },
      { accept: 'x' },
      { range: 'bytes=5-1' },
    ),
  },
);

type Addressed = Pick<AnyRequest, 'method' | 'host' | 'path'>;

const routes = providers.flatMap((provider) =>
  Object.keys(provider.routes).map((key) => {
    const [, method = '', kind = '', pattern = ''] = /^(\S+) ([^/]+)\/(.+)$/.exec(key) ?? [];
    return { provider, method, kind, pattern };
  }),
);

const armRequest: Arbitrary<Addressed> = fc
  .constantFrom(...routes)
  .chain(({ provider, method, kind, pattern }) =>
    fc
      .tuple(pathOf(provider, kind, pattern).chain(respelt), query(provider.apiVersions))
      .map(([path, search]) => ({ method, host: 'management.localhost', path: `${path}${search}` })),
  );

const secretRoutes = (
  'PUT secrets/{}, PUT secrets/{}, PATCH secrets/{}, GET secrets/{}, DELETE secrets/{}, GET secrets, ' +
  'GET secrets/{}/versions, POST secrets/{}/backup, POST secrets/restore, GET secrets/{}/{}, GET keys, ' +
  'GET deletedsecrets, GET deletedsecrets/{}, DELETE deletedsecrets/{}, POST deletedsecrets/{}/recover'
).split(', ');

const vaultRequest: Arbitrary<Addressed> = fc
  .tuple(fc.constantFrom(...secretRoutes), fc.constantFrom('kv-one', 'kv-one', 'kv-one', 'kv-one', 'kv-two'))
  .chain(([key, vault]) => {
    const [method = '', pattern = ''] = key.split(' ');
    return fc
      .tuple(filled(pattern), query(['7.4', '2025-07-01']))
      .map(([path, search]) => ({ method, host: `${vault}.vault.localhost`, path: `/${path}${search}` }));
  });

const blobPaths = (
  ', insights-logs-auditevent, insights-logs-auditevent/x, insights-logs-auditevent//, nothing/x, %2F, %, ' +
  `${foreign}/x`
).split(', ');

const blobQueries = (
  ', comp=list, restype=container, restype=container&comp=list, restype=container&comp=list&maxresults=1&prefix=r, ' +
  'comp=list&maxresults=-1, restype=container&comp=list&marker=x&delimiter=/, comp=metadata, restype=service&comp=properties'
).split(', ');

const blobRequest: Arbitrary<Addressed> = fc
  .tuple(fc.constantFrom('GET', 'GET', 'HEAD', 'PUT'), fc.constantFrom(...blobPaths), fc.constantFrom(...blobQueries))
  .map(([method, path, search]) => ({ method, host: 'accone.blob.localhost', path: `/${path}?${search}` }));

const tokenRequest: Arbitrary<Addressed> = fc
  .constantFrom('{tenant}', 'common', 'unknown', '%')
  .chain((tenant) => fc.constantFrom('oauth2/v2.0/token', 'oauth2/token').map((path) => `/${tenant}/${path}`))
  .map((path) => ({ method: 'POST', host: 'login.localhost', path }));

const otherHosts = (
  'login.localhost graph.localhost constructor.blob.localhost constructor control.localhost vault.localhost ' +
  'management.localhost example.com'
).split(' ');

const otherPaths =
  '/ /% /metadata/endpoints /common/v2.0/.well-known/openid-configuration /v1.0/servicePrincipals /v1.0/me /providers'.split(
    ' ',
  );

const otherRequest: Arbitrary<Addressed> = fc
  .tuple(methods, fc.constantFrom(...otherHosts), fc.constantFrom(...otherPaths))
  .map(([method, host, path]) => ({ method, host, path }));

const addressed = fc.oneof(
  { weight: 24, arbitrary: armRequest },
  { weight: 12, arbitrary: vaultRequest },
  { weight: 1, arbitrary: blobRequest },
  { weight: 1, arbitrary: tokenRequest },
  { weight: 1, arbitrary: otherRequest },
);

const askedBy: Arbitrary<AnyRequest['as']> = fc.oneof(
  { weight: 15, arbitrary: fc.constant('owner' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...principalNames,
      ...(['device', 'nobody', 'anybody', 'too late', 'elsewhere', 'by password'] as const),
    ),
  },
);

const pauses = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(0, 10, 3000) },
  { weight: 1, arbitrary: fc.constantFrom(30_000, 8 * 86_400_000, 100 * 86_400_000) },
);

const isBodiless = (method: string): boolean => ['GET', 'HEAD'].includes(method.toUpperCase());

export const anyRequest: Arbitrary<AnyRequest> = addressed.chain(({ method: usual, host, path }) =>
  fc
    .record({
      method: fc.oneof({ weight: 16, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: methods }),
      as: askedBy,
      body: bodyOf(path),
      headers,
      after: pauses,
    })
    .map(({ method, body, ...rest }) => ({
      host,
      path,
      method,
      ...rest,
      ...(body === undefined || isBodiless(method) ? {} : { body }),
    })),
);
