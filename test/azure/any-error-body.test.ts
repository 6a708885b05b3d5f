/**
 * Whatever stands in the body of a refusal, and whichever client meets it, it is read: as a failure with a type, in a text that is
 * fit for a history. `ERROR_BODIES=20000` asks that often instead of a thousand times.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc, { type Arbitrary } from 'fast-check';
import type { Azure } from '../../azure/clients.ts';
import { readAzureError } from '../../azure/errors.ts';
import { isFailureType } from '../../domain/failures.ts';
import { azureAnswering, errorOf, subscriptionId, token } from './clients.ts';

const times = Number(process.env['ERROR_BODIES'] ?? 1_000);
const group = 'edge-rg';
const scope = `/subscriptions/${subscriptionId}/resourceGroups/${group}`;
const vaultUri = 'https://the-vault.vault.azure.net';

/** One call of each client, each way of reading, writing and listing. */
const calls: ((azure: Azure) => Promise<unknown>)[] = [
  (azure) => azure.subscription(subscriptionId).devices.get('edge-1', group),
  (azure) => azure.subscription(subscriptionId).devices.getExtendedInformation('edge-1', group),
  (azure) => azure.subscription(subscriptionId).devices.generateCertificate('edge-1', group),
  (azure) => azure.subscription(subscriptionId).devices.beginDelete('edge-1', group),
  (azure) => azure.subscription(subscriptionId).vaults.get(group, 'the-vault'),
  (azure) => azure.subscription(subscriptionId).vaults.delete(group, 'the-vault'),
  (azure) => Array.fromAsync(azure.subscription(subscriptionId).vaults.listByResourceGroup(group)),
  (azure) => Array.fromAsync(azure.subscription(subscriptionId).permissions.listForResourceGroup(group)),
  (azure) => azure.subscription(subscriptionId).locks.getByScope(scope, 'lock'),
  (azure) => Array.fromAsync(azure.subscription(subscriptionId).locks.listByScope(scope)),
  (azure) => azure.subscription(subscriptionId).providers.register('Microsoft.Storage'),
  (azure) => azure.subscription(subscriptionId).storageAccounts.getProperties(group, 'account'),
  (azure) => Array.fromAsync(azure.subscription(subscriptionId).diagnosticSettings.list(scope)),
  (azure) => azure.subscription(subscriptionId).tags.updateAtScope(scope, { operation: 'Merge', properties: {} }),
  (azure) => azure.secrets({ uri: vaultUri }).getSecret('ase-activation-key'),
  (azure) => azure.secrets({ uri: vaultUri }).setSecret('ase-activation-key', 'value'),
  (azure) => azure.secrets({ uri: vaultUri }).getDeletedSecret('ase-activation-key'),
  (azure) => azure.secrets({ uri: vaultUri }).listPropertiesOfSecrets().next(),
  (azure) => azure.blob('https://account.blob.core.windows.net/logs/x').download(),
];

const names = (
  'error code message target details innererror additionalInfo info value policyAssignmentName ' +
  'policyAssignmentDisplayName evaluationDetails evaluatedExpressions expression path operator targetValue result allOf anyOf not ' +
  '__proto__ constructor toString'
).split(' ');
const codes = 'AuthorizationFailed RequestDisallowedByPolicy Conflict Forbidden ForbiddenByPolicy BadRequest'.split(
  ' ',
);
const inEveryObject = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
const texts = [...codes, ...inEveryObject, '', ' ', '\u0000', '\ud800', 'x'.repeat(5_000)];

/** Members that refusals have, with anything in them. */
const likeARefusal = fc.letrec<{ any: unknown; members: unknown }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constant(null),
    fc.constantFrom(...texts),
    fc.jsonValue({ maxDepth: 2 }),
    fc.array(tie('any'), { maxLength: 3 }),
    tie('members'),
  ),
  members: fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 5 }),
}));

const nested = (open: string, close: string) =>
  fc.integer({ min: 1, max: 20_000 }).map((depth) => open.repeat(depth) + close.repeat(depth));

const inUtf16 = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'));

type Body = string | Uint8Array<ArrayBuffer>;

const anyBody: Arbitrary<Body> = fc.oneof(
  { weight: 80, arbitrary: likeARefusal.members.map((members) => JSON.stringify(members)) },
  { weight: 80, arbitrary: likeARefusal.any.map((error) => JSON.stringify({ error })) },
  { weight: 20, arbitrary: fc.json() },
  { weight: 20, arbitrary: likeARefusal.any.map((error) => JSON.stringify({ error }).slice(0, -2)) },
  { weight: 20, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  { weight: 10, arbitrary: nested('[', ']') },
  { weight: 10, arbitrary: nested('{"error":', '}') },
  { weight: 10, arbitrary: nested('{"error":{"innererror":', '}}') },
  { weight: 10, arbitrary: fc.constantFrom('', 'null', '[]', '[null]', '"text"', '0', '<html>Bad Gateway</html>') },
  { weight: 10, arbitrary: likeARefusal.members.map((members) => inUtf16(JSON.stringify(members))) },
  { weight: 10, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)) },
  { weight: 1, arbitrary: fc.constant(JSON.stringify({ error: { code: 'Big', message: 'x'.repeat(2 ** 20) } })) },
);

const anyType = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-16',
  'application/xml',
  'text/html',
  'text/plain; charset=iso-8859-1',
  'nonsense',
);

const shown = (body: Body): string =>
  (typeof body === 'string' ? body : Buffer.from(body).toString('base64')).slice(0, 500);

test(`any refusal, ${times} times, can be reported as a failure`, async () => {
  const { seed, failed, errorInstance, counterexample } = await fc.check(
    fc.asyncProperty(
      fc.integer({ min: 0, max: calls.length - 1 }),
      fc.integer({ min: 400, max: 599 }),
      anyBody,
      anyType,
      async (which, status, body, type) => {
        const azure = azureAnswering(() =>
          Promise.resolve(new Response(body, { status, headers: { 'content-type': type } })),
        );
        const error = await errorOf(calls[which]!(azure));
        const found = readAzureError(error);
        assert.ok(found, `not read: ${String(error)}`);
        assert.ok(isFailureType(found.type), found.type);
        assert.notEqual(found.type, 'Unexpected');
        assert.equal(found.status, status);
        assert.ok(found.message.length <= 1_000, `${found.message.length} characters`);
        const told = JSON.stringify(found);
        assert.ok(told.length <= 10_000, `${told.length} characters`);
        assert.ok(!told.includes(token));
      },
    ),
    { numRuns: times },
  );
  console.log(`seed ${seed}`);
  const [which, status, body, type] = counterexample ?? [];
  assert.ok(
    !failed,
    `seed ${seed}, call ${which}, ${status} ${type}: ${body === undefined ? '' : shown(body)}\n${String((errorInstance as Error | undefined)?.stack)}`,
  );
});
