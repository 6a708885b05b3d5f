/** Refusals in every shape in which Azure, or something on the way, writes them: each ends in a block that a person can read. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { FaultAction, FaultRule } from '../../local-azure/faults/index.ts';
import { assertActivatable } from '../harness/invariants.ts';
import { blockOf, createWorld, decide, runToEnd, runToRest } from '../harness/world.ts';
import { answer, endOfDevice, questionOf, startDeviceDeletion, worldToDeleteIn } from './deletion.ts';

const page = '<!DOCTYPE html><html><head><title>Sorry</title></head><body>Blocked.</body></html>';
const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/json' };
const megabyte = 'x'.repeat(2 ** 20);
const utf16 = (error: object): string =>
  Buffer.from(`\ufeff${JSON.stringify({ error })}`, 'utf16le').toString('base64');
const nulls = { innererror: null, details: [null], additionalInfo: null };

const lacksTag = { result: 'True', expression: "tags['costCenter']", operator: 'Exists', targetValue: 'false' };
const isProtected = {
  result: 'False',
  expression: 'Microsoft.KeyVault/vaults/enablePurgeProtection',
  operator: 'Equals',
  targetValue: 'true',
};
const hasSku = {
  result: 'True',
  expression: 'Microsoft.KeyVault/vaults/sku.name',
  operator: 'Equals',
  targetValue: 'x',
};
const nested = [
  { result: 'True', expression: 'type', operator: 'Equals', targetValue: 'Microsoft.KeyVault/vaults' },
  {
    allOf: [{ anyOf: [lacksTag, { allOf: [hasSku, { ...lacksTag, result: 'False' }] }] }, { not: isProtected }],
  },
];

const vault = { method: 'PUT', path: /\/vaults\/[^/]+$/ };
const account = { method: 'PUT', path: /\/storageAccounts\/[^/]+$/ };
const setting = { method: 'PUT', path: '/diagnosticSettings/' };
const secret = { method: 'PUT', host: '.vault.' };

type Case = [what: string, where: Omit<FaultRule, 'action'>, action: FaultAction, block: string, message: RegExp];

const cases: Case[] = [
  [
    'a nested tree of what a policy evaluated',
    vault,
    { denyByPolicy: { assignment: 'owned', definition: 'a-rule', expressions: nested } },
    'ensureKeyVault PolicyDenied',
    /requires tags\['costCenter'\] to be set: .* key requiredTags\.costCenter .*; or .*enablePurgeProtection to be "true": .* key purgeProtection .* \(403/,
  ],
  [
    'a policy that evaluated ten thousand fields',
    vault,
    {
      denyByPolicy: {
        assignment: 'owned',
        definition: 'a-rule',
        expressions: Array.from({ length: 10_000 }, (_, at) => ({ ...lacksTag, expression: `tags['tag${at}']` })),
      },
    },
    'ensureKeyVault PolicyDenied',
    /requires tags\['tag0'\] to be set/,
  ],
  [
    'the inner code of a vault',
    secret,
    {
      status: 403,
      code: 'Forbidden',
      message: 'Not from here.',
      innererror: { code: 'ForbiddenByNsp', innererror: null },
    },
    'ensureChannelIntegrityKey VaultNetworkClosed',
    /^Not from here\. \(403 Forbidden\/ForbiddenByNsp\)$/,
  ],
  [
    'null in place of lists and objects',
    vault,
    { status: 400, code: 'BadRequest', message: 'Not so.', ...nulls },
    'ensureKeyVault RequestRefused',
    /^Not so\. \(400 BadRequest\)$/,
  ],
  [
    'null in a refusal that passes',
    vault,
    { status: 409, code: 'AnotherOperationInProgress', message: 'Wait.', ...nulls },
    'ensureKeyVault ConcurrentWrite',
    /^Wait\. \(409 AnotherOperationInProgress\)$/,
  ],
  [
    'an error without its wrapper, with an object for a message',
    setting,
    { status: 400, headers: json, body: '{"code":"BadRequest","message":{"value":"Not so."}}' },
    'ensureDiagnosticSetting RequestRefused',
    /^Not so\. \(400 BadRequest\)$/,
  ],
  [
    'a page of HTML',
    account,
    { status: 403, headers: html, body: page },
    'awaitAuditStorage RequestRefused',
    /^answered 403 in an unknown format: a proxy or gateway may have answered \(403 Http403\)$/,
  ],
  [
    'a text in UTF-16',
    vault,
    { status: 403, headers: json, base64: utf16({ code: 'AuthorizationFailed', message: 'No.' }) },
    'ensureKeyVault MissingPermission',
    /^No\. \(403 AuthorizationFailed\)$/,
  ],
  [
    'a message of a megabyte',
    vault,
    { status: 400, headers: json, body: JSON.stringify({ error: { code: 'BadRequest', message: megabyte } }) },
    'ensureKeyVault RequestRefused',
    /^x{500} \(400 BadRequest\)$/,
  ],
  [
    'a megabyte of unknown content',
    vault,
    { status: 403, body: megabyte },
    'ensureKeyVault RequestRefused',
    /^answered 403 in an unknown format/,
  ],
  [
    'an empty body',
    vault,
    { status: 403, body: '' },
    'ensureKeyVault RequestRefused',
    /^answered 403 without a message \(403 Http403\)$/,
  ],
  [
    'an empty body of a good answer',
    { method: 'GET', path: /\/dataBoxEdgeDevices\/edge-1$/ },
    { status: 200, headers: json, body: '' },
    'planActivation AzureUnavailable',
    /^an answer of Azure is unreadable \(200 PARSE_ERROR\)$/,
  ],
  [
    'a good answer that is null',
    { method: 'GET', path: '/locks' },
    { status: 200, headers: json, body: 'null' },
    'planActivation AzureUnavailable',
    /^an answer of Azure is unreadable \(200 PARSE_ERROR\)$/,
  ],
  [
    'a redirection to somewhere else',
    vault,
    { status: 302, headers: { location: 'https://proxy.example/sign-in' }, body: '' },
    'ensureKeyVault AzureUnavailable',
    /^an answer of Azure is unreadable \(302 PARSE_ERROR\)$/,
  ],
];

suite('a refusal with', () => {
  for (const [what, where, action, expected, message] of cases) {
    test(`${what} blocks as ${expected}, and the operation succeeds once it is gone`, async () => {
      const world = await createWorld();
      const { id } = world.azure.control.addFault({ ...where, action });
      const run = await world.generate();
      await runToRest(world, run);
      const block = await blockOf(run);
      assert.equal(`${block.step} ${block.failure}`, expected);
      assert.match(block.message, message);
      assert.ok(JSON.stringify(run.record).length < 200_000, 'the history stays small');
      world.azure.control.removeFault({ id });
      await decide(run, {});
      assertActivatable(world.azure, world.device(), await runToEnd(world, run));
    });
  }
});

suite("a gateway's page with the status 404", () => {
  for (const nth of [1, 2, 3, 4]) {
    test(`for read ${nth} of a device does not count as its deletion, so that its vault is not deleted first`, async () => {
      let looks = 0;
      let isAgreed = false;
      const order: string[] = [];
      const world = await worldToDeleteIn({
        meddle: (request, pass) => {
          const { pathname } = new URL(request.url);
          if (request.method === 'DELETE') order.push(pathname.split('/').at(-2) ?? '');
          const isLook = isAgreed && request.method === 'GET' && /dataBoxEdgeDevices\/[^/]+$/i.test(pathname);
          if (!isLook || ++looks !== nth) return pass(request);
          return Promise.resolve(new Response(page, { status: 404, headers: html }));
        },
      });
      const run = await startDeviceDeletion(world);
      await questionOf(world, run);
      isAgreed = true;
      await answer(world, run);
      assert.equal((await endOfDevice(world, run)).keyVault.outcome, 'deleted');
      assert.deepEqual(
        order.filter((kind) => kind === 'dataBoxEdgeDevices' || kind === 'vaults'),
        ['dataBoxEdgeDevices', 'vaults'],
      );
    });
  }
});
