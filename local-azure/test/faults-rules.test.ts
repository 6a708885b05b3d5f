import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultExamples } from '../faults/action.ts';
import type { FaultRule } from '../faults/index.ts';
import { codeOf, newTenant, type Tenant } from './tenant.ts';

const list = (tenant: Tenant): Promise<string> =>
  codeOf(tenant.as('owner').keyVault.vaults.listBySubscription().next());

test('a fault is removed by its id, and the others stay', async () => {
  const tenant = newTenant();
  const { control } = tenant.azure;
  const first = control.addFault({ action: 'refuse' });
  const second = control.addFault({ action: 'reset' });
  control.removeFault({ id: first.id });
  assert.deepEqual(
    control.listFaults().map(({ id }) => id),
    [second.id],
  );
  assert.equal(await list(tenant), '- ECONNRESET');
});

test('the removal of an unknown fault fails, and the error names the existing faults', () => {
  const { control } = newTenant().azure;
  assert.throws(() => control.removeFault({ id: 'x' }), { message: "There is no fault 'x'; there is none." });
  const { id } = control.addFault({ action: 'refuse' });
  assert.throws(() => control.removeFault({ id: 'x' }), { message: `There is no fault 'x'; there is ${id}.` });
});

test('faults are listed with their targets', async () => {
  const tenant = newTenant();
  tenant.azure.control.addFault({ path: '/vaults', nth: 2, action: 'refuse' });
  await list(tenant);
  await list(tenant);
  const [listed] = tenant.azure.control.listFaults();
  assert.deepEqual([listed?.matched, listed?.fired], [2, 1]);
});

test('a fault with a probability hits about that share of the calls, and the same calls in the same world', async () => {
  const hits = async (): Promise<boolean[]> => {
    const tenant = newTenant();
    tenant.azure.control.addFault({ chance: 0.25, action: 'refuse' });
    const outcomes: string[] = [];
    for (let call = 0; call < 200; call += 1) outcomes.push(await list(tenant));
    return outcomes.map((outcome) => outcome === '- ECONNREFUSED');
  };
  const first = await hits();
  const fired = first.filter(Boolean).length;
  assert.ok(fired > 30 && fired < 70, `${fired} of 200`);
  assert.deepEqual(await hits(), first);
});

/** As they may come in over the wire. */
const wrong: [rule: unknown, message: RegExp][] = [
  [{}, /^undefined is no "action": say one of "refuse", .*or one like \{"status":429/],
  [{ action: 'explode' }, /^"explode" is no "action": say one of "refuse"/],
  [{ action: { explode: {} } }, /is no "action"/],
  [{ action: { deliverLate: {}, failOperation: { code: 'x' } } }, /is no "action"/],
  [{ action: ['refuse'] }, /is no "action"/],
  [{ action: 'refuse', url: '/x' }, /^A fault has no 'url': say "method", "host", "path"/],
  [{ action: 'refuse', method: 1 }, /^"method" is a text, such as "PUT"/],
  [{ action: 'refuse', path: {} }, /^"path" is a text: the part of the path/],
  [{ action: 'refuse', nth: 0 }, /^"nth" is a whole number from 1 on/],
  [{ action: 'refuse', times: '2' }, /^"times" is a whole number from 1 on/],
  [{ action: 'refuse', chance: 10 }, /^"chance" is a number above 0 and up to 1/],
  [{ action: 'refuse', chance: 0 }, /^"chance" is a number above 0 and up to 1/],
  [{ action: { status: 200, code: 'Fine' } }, /^"status" is a number from 400 to 599/],
  [{ action: { status: 503 } }, /^The action needs "code", a text/],
  [{ action: { status: 503, code: 'Busy', headers: { 'retry-after': 7 } } }, /^"headers" is an object of texts/],
  [{ action: { status: 503, code: 'Busy', headers: { 'x y': 'z' } } }, /^"headers" is an object of texts/],
  [{ action: { deliverLate: { afterCalls: -1 } } }, /^"deliverLate" takes "afterCalls" or "afterMs"/],
  [{ action: { deliverLate: { afterDays: 1 } } }, /^"deliverLate" takes "afterCalls" or "afterMs"/],
  [{ action: { failOperation: {} } }, /^The action needs "code", a text/],
  [
    { action: { denyByPolicy: { assignment: 'a', definition: 'b' } } },
    /^The action needs "field", a text, or "expressions"/,
  ],
  [{ action: { denyByPolicy: { assignment: 'a', field: 'tags' } } }, /^The action needs "definition", a text/],
  [
    { action: { denyByPolicy: { assignment: 'a', definition: 'b', expressions: {} } } },
    /^The action needs "field", a text, or "expressions", a list of objects/,
  ],
  [
    { action: { denyByPolicy: { assignment: 'a', definition: 'b', expressions: ['tags'] } } },
    /^The action needs "field", a text, or "expressions", a list of objects/,
  ],
  [
    { action: { denyByPolicy: { assignment: 'a', definition: 'b', field: 'tags', expressions: [] } } },
    /^The action needs "field", a text, or "expressions", a list of objects: not both/,
  ],
  [
    { action: { denyByPolicy: { assignment: 'a', definition: 'b', field: 'c', effect: 'd' } } },
    /^"denyByPolicy" has no "effect"/,
  ],
  [{ action: { status: 503, body: 1 } }, /^"body" is a text/],
  [{ action: { status: 503, base64: 'a-b' } }, /^"base64" is the bytes of the body in base64/],
  [{ action: { status: 503, body: '', base64: '' } }, /^An answer has a "body" or "base64", not both/],
  [{ action: { status: 503, body: 'x', code: 'Busy' } }, /^An answer with its own body has no "code"/],
  [{ action: { status: 199, body: '' } }, /^"status" is a number from 200 to 599/],
  [{ action: { status: 204, body: 'x' } }, /^An answer with status 204 has no body: leave it empty/],
  [{ action: { status: 304, base64: 'eA==' } }, /^An answer with status 304 has no body: leave it empty/],
  [{ action: { status: 503, body: '', headers: { a: 'é' } } }, /^"headers" is an object of texts/],
  [{ action: { status: 429, code: 'x', mesage: 'y' } }, /^An answer has no "mesage"/],
  [{ action: { modifyAfterWrite: { location: 'here' } } }, /^"modifyAfterWrite" takes "properties" and "tags"/],
];

for (const action of faultExamples) {
  test(`the example ${JSON.stringify(action)} is a fault`, () => {
    assert.deepEqual(newTenant().azure.control.addFault({ action }).action, action);
  });
}

for (const [rule, message] of wrong) {
  test(`the rule ${JSON.stringify(rule)} is refused with a correction`, () => {
    const { control } = newTenant().azure;
    assert.throws(() => control.addFault(rule as FaultRule), { message });
    assert.deepEqual(control.listFaults(), []);
  });
}
