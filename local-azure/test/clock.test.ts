import assert from 'node:assert/strict';
import { test } from 'node:test';
import { automaticClock, explicitClock } from '../clock.ts';
import { preparedDevice } from './edge.ts';
import { arm, codeOf, newTenant, policyVault } from './tenant.ts';

const day = 86_400_000;
const newYear = Date.UTC(2026, 0, 1);

test('one advance of 90 days completes everything that is pending', async () => {
  const tenant = await preparedDevice();
  const { azure } = tenant;
  const { keyVault, storage, resources, secrets } = tenant.as('owner');
  const all = { objectId: azure.principals.owner.objectId, secrets: ['all'] };
  const makeVault = (name: string) => keyVault.vaults.createOrUpdate('g', name, policyVault(tenant, all)).submitted();
  const account = { location: 'westeurope', sku: { name: 'Standard_LRS' }, kind: 'StorageV2' } as const;
  const oldToken = azure.issueToken(azure.principals.owner, arm);
  const withOldToken = () =>
    tenant.call('GET', '/subscriptions', {
      apiVersion: '2022-12-01',
      as: 'nobody',
      headers: { authorization: `Bearer ${oldToken}` },
    });

  await makeVault('kv-deleted');
  await keyVault.vaults.delete('g', 'kv-deleted');
  await secrets('edge-vault').setSecret('gone', 'v');
  await secrets('edge-vault').beginDeleteSecret('gone');
  await resources.providers.unregister('Microsoft.Insights');
  await storage.storageAccounts.create('g', 'accountone', account).submitted();
  await makeVault('kv-new');

  const look = async () => ({
    deletedVault: await codeOf(keyVault.vaults.getDeleted('kv-deleted', 'westeurope')),
    nameOfDeletedVault: await codeOf(makeVault('kv-deleted')),
    nameOfDeletedSecret: await codeOf(secrets('edge-vault').setSecret('gone', 'v')),
    registration: (await resources.providers.get('Microsoft.Insights')).registrationState,
    account: await codeOf(storage.storageAccounts.getProperties('g', 'accountone')),
    newVault: await codeOf(secrets('kv-new').setSecret('s', 'v')),
    token: (await withOldToken()).status,
  });

  assert.deepEqual(await look(), {
    deletedVault: 'no failure',
    nameOfDeletedVault: '409 ConflictError',
    nameOfDeletedSecret: '409 Conflict',
    registration: 'Unregistering',
    account: '404 ResourceNotFound',
    newVault: '- ENOTFOUND',
    token: 200,
  });
  azure.control.advanceClock({ days: 90 });
  assert.deepEqual(await look(), {
    deletedVault: '404 ResourceNotFound',
    nameOfDeletedVault: 'no failure',
    nameOfDeletedSecret: 'no failure',
    registration: 'Unregistered',
    account: 'no failure',
    newVault: 'no failure',
    token: 401,
  });
  const pasted = await tenant.activate('edge-1', tenant.key);
  assert.equal(pasted.activated ? 'activated' : pasted.code, 'CertificateExpired');
});

test('an explicit clock stops until it is advanced, also through the controls', () => {
  const clock = explicitClock(newYear);
  const { azure } = newTenant({ clock });
  assert.deepEqual(azure.control.readClock(), { mode: 'explicit', now: newYear, iso: '2026-01-01T00:00:00.000Z' });
  azure.control.advanceClock({ ms: 500 });
  clock.advance(500);
  assert.deepEqual([azure.now(), clock.now()], [newYear + 1000, newYear + 1000]);
});

test('an automatic clock runs by itself, also after an advance', () => {
  let outside = newYear;
  const clock = automaticClock({ now: () => outside });
  clock.advance(day);
  outside += 1;
  assert.equal(clock.now(), newYear + day + 1);
});

test('a clock that cannot be advanced is followed, and advances are added to it', () => {
  let outside = newYear;
  const { azure } = newTenant({ clock: { now: () => outside } });
  azure.control.advanceClock({ days: 1 });
  outside += 1;
  assert.equal(azure.now(), outside + day);
  assert.equal(azure.control.readClock().mode, 'auto');
});

test('the clock is advanced to a date', () => {
  const { azure } = newTenant({ clock: explicitClock(newYear) });
  assert.equal(azure.control.advanceClock({ until: '2026-04-01T00:00:00Z' }).iso, '2026-04-01T00:00:00.000Z');
});

const wrong: [argument: object, message: RegExp][] = [
  [{}, /^Say one of "ms", "days" and "until", as in \{"days":90\}/],
  [{ ms: 1, days: 1 }, /^Say one of/],
  [{ until: 'tomorrow' }, /^Say one of/],
  [{ days: 'ninety' }, /^Say one of/],
  [{ ms: -1 }, /^The clock cannot go back/],
  [{ until: '2020-01-01' }, /^The clock cannot go back/],
  [{ days: 1e7 }, /^The clock ends with the year 9000/],
];

for (const [argument, message] of wrong) {
  test(`the clock cannot be advanced by ${JSON.stringify(argument)}`, () => {
    for (const clock of [explicitClock(newYear), { now: () => newYear }]) {
      const { control } = newTenant({ clock }).azure;
      assert.throws(() => control.advanceClock(argument), { message });
      assert.equal(control.readClock().now, newYear);
    }
  });
}
