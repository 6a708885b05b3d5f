/** What people do to a device and its vault while a procedure waits for hours or days, or between two of them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { resourceGroupId } from '../../domain/device.ts';
import { assertActivatable, assertNoDoubles } from '../harness/invariants.ts';
import {
  blockOf,
  createWorld,
  decide,
  failureOf,
  refusal,
  resultOf,
  runToEnd,
  runToRest,
  type World,
} from '../harness/world.ts';

const day = 86_400_000;
const settingRight = { principal: 'worker', action: 'Microsoft.Insights/diagnosticSettings/write' };

const activated = async (world: World) => runToEnd(world, await world.generate());

const isIssue = (action: string): boolean =>
  /secrets\/set|Certificate\/action|accessPolicies|updateExtended/.test(action);

test('no key is issued for a device that was activated while its procedure was blocked', async () => {
  const world = await createWorld();
  const { keyVault } = await activated(world);
  world.azure.state.diagnosticSettings = {};
  const run = await world.generate();
  await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'registerProviders'));
  world.azure.control.takeRight(settingRight);
  await runToRest(world, run);
  assert.equal((await blockOf(run)).step, 'ensureDiagnosticSetting');
  const outcome = await world.pasteKey(keyVault.name);
  assert.equal(outcome.activated, true, JSON.stringify(outcome));
  world.clock.advanceTo(world.clock.now() + 4 * day);
  world.azure.control.clearRequests();
  world.azure.control.giveBackRight(settingRight);
  await world.temporal.runUntil(() => run.outcome !== undefined);
  assert.match(failureOf(run), /^DeviceAlreadyActivated: /);
  assert.deepEqual(world.writes().filter(isIssue), []);
});

suite('nothing is linked or issued for a device that was recreated while its procedure was blocked at', () => {
  const steps: [step: string, refused: RegExp][] = [
    ['ensureChannelIntegrityKey', /\/secrets\/ase-cik-/],
    ['linkDevice', /\/updateExtendedInformation\?/],
    ['issueActivationKey', /\/secrets\/ase-activation-key\?/],
  ];
  for (const [step, refused] of steps) {
    test(step, async () => {
      let blocking = true;
      const world = await createWorld({
        meddle: (request, pass) =>
          blocking && request.method !== 'GET' && refused.test(request.url)
            ? Promise.resolve(refusal(400, 'BadParameter'))
            : pass(request),
      });
      const run = await world.generate();
      await runToRest(world, run);
      assert.equal((await blockOf(run)).step, step);
      await world.createDeviceAgain();
      blocking = false;
      world.azure.control.clearRequests();
      await decide(run, {});
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'IdentityMismatch');
      assert.deepEqual(
        world.writes().filter((action) => /Certificate|updateExtended/.test(action)),
        [],
      );
      assertNoDoubles(world.azure, world.device());
    });
  }
});

test('a key whose secret was deleted is not replaced: no certificate is created that would invalidate the current key', async () => {
  const world = await createWorld();
  const { keyVault } = await activated(world);
  const secret = world.azure.state.vaults[keyVault.name]?.secrets['ase-activation-key'];
  assert.ok(secret);
  const now = world.clock.now();
  secret.deletion = { at: now, visibleFrom: now, purgeAt: now + 90 * day };
  world.azure.control.clearRequests();
  const run = await world.generate();
  await runToRest(world, run);
  assert.equal((await blockOf(run)).failure, 'SecretSoftDeleted');
  await world.temporal.runUntil(() => world.clock.now() - now > day / 4);
  assert.deepEqual(world.writes(), []);
  delete secret.deletion;
  await world.temporal.runUntil(() => run.outcome !== undefined);
  assertActivatable(world.azure, world.device(), resultOf(run));
});

test('a foreign diagnostic setting that covers the audit events by a group is left unchanged', async () => {
  for (const categoryGroup of ['audit', 'allLogs']) {
    const world = await createWorld();
    const { keyVault } = await activated(world);
    const [account] = Object.values(world.azure.state.storageAccounts);
    world.azure.state.diagnosticSettings = {};
    const setting = `${keyVault.id}/providers/Microsoft.Insights/diagnosticSettings/security-team`;
    await world.asOwner('PUT', setting, '2021-05-01-preview', {
      properties: {
        storageAccountId: account?.id,
        logs: [{ categoryGroup, enabled: true }],
        metrics: [{ category: 'AllMetrics', enabled: true }],
      },
    });
    const before = structuredClone(world.azure.state.diagnosticSettings);
    await activated(world);
    assert.deepEqual(world.azure.state.diagnosticSettings, before);
  }
});

test('a device and a group in another letter case change nothing on a converged device', async () => {
  const world = await createWorld();
  const first = await activated(world);
  world.azure.control.clearRequests();
  const deviceId = world.device().id.replace('edge-1', 'EDGE-1').replace('edge-rg', 'Edge-RG');
  const again = await runToEnd(world, await world.generate({ deviceId }));
  assert.deepEqual(world.writes(), []);
  assert.deepEqual(again.activationKey, first.activationKey);
});

test('a group that was deleted while its activation was blocked ends the activation, which does not wait for the group', async () => {
  let isClosed = true;
  const world = await createWorld({
    meddle: (request, pass) =>
      isClosed && request.method === 'PUT' && /vaults\/ase-[^/]+\?/.test(request.url)
        ? Promise.resolve(refusal(403, 'AuthorizationFailed'))
        : pass(request),
  });
  const run = await world.generate();
  await runToRest(world, run);
  assert.equal((await blockOf(run)).step, 'ensureKeyVault');
  await world.asOwner('DELETE', resourceGroupId(world.device()), '2021-04-01');
  world.clock.advanceTo(world.clock.now() + 3_600_000);
  isClosed = false;
  await world.temporal.runUntil(() => run.outcome !== undefined);
  assert.match(failureOf(run), /^DeviceNotFound: /);
});
