/** A subscription in which nothing was registered yet: what waits for which resource provider, and what does not. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertActivatable } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import {
  blockOf,
  createWorld,
  decide,
  failureOf,
  resultOf,
  runToEnd,
  runToRest,
  status,
  type World,
} from '../harness/world.ts';
import { inspect, linesOf, onlineWorld, repair } from './looks.ts';
import { assertInService, endOf, lostVault, startRecovery } from './recovery.ts';

const second = 1000;
const minute = 60 * second;
const providers = ['Microsoft.KeyVault', 'Microsoft.Storage', 'Microsoft.Insights'];

/** Nothing is registered but the provider of the device, which is there. */
const bareWorld = (providerRegistration = minute): Promise<World> =>
  createWorld({ settings: { providerRegistration } });

const registeredWorld = async (): Promise<World> => {
  const world = await bareWorld();
  for (const namespace of providers) world.azure.control.register({ namespace });
  return world;
};

/** Milliseconds from the beginning of the log to the first request of this action. */
const firstAt = ({ azure }: World, action: string): number => {
  const [first = assert.fail('a request')] = azure.requests;
  const found = azure.requests.find((request) => request.action === action && request.write);
  assert.ok(found, action);
  return found.at - first.at;
};

const isPending = (run: Run, step: string): boolean => run.pendingActivities.some(({ name }) => name === step);

/** An activation whose rights have been looked at. */
const planned = async (world: World): Promise<Run> => {
  const run = await world.generate();
  await world.temporal.runUntil(() => isPending(run, 'registerProviders'));
  return run;
};

suite('on a bare subscription, with a minute for each registration, an activation', () => {
  const timed = async (world: World, audit: 'first' | 'after') => {
    const startedAt = world.clock.now();
    const run = await world.generate({ audit });
    await world.temporal.runUntil(() => run.outcome !== undefined);
    const took = world.clock.now() - startedAt;
    assertActivatable(world.azure, world.device(), resultOf(run));
    assert.equal(resultOf(run).audit, 'complete');
    return { took, events: run.historyEvents };
  };

  for (const audit of ['first', 'after'] as const) {
    test(`with the audit trail ${audit} takes at most 65 s more than on a registered one, and no more events`, async (t) => {
      const registered = await timed(await registeredWorld(), audit);
      const bare = await timed(await bareWorld(), audit);
      t.diagnostic(`${registered.took / second} s registered, ${bare.took / second} s bare`);
      assert.ok(bare.took - registered.took <= 65 * second, `${(bare.took - registered.took) / second} s more`);
      assert.ok(bare.events <= registered.events, `${bare.events} events, not ${registered.events}`);
    });
  }

  test('requests all registrations at once, and the account as soon as they are complete', async () => {
    const world = await bareWorld();
    await runToEnd(world, await world.generate());
    for (const namespace of providers) assert.equal(firstAt(world, `${namespace}/register/action`), 0, namespace);
    assert.equal(firstAt(world, 'Microsoft.Storage/storageAccounts/write'), minute);
    assert.equal(firstAt(world, 'Microsoft.KeyVault/vaults/write'), minute);
  });

  test('requests each registration once, and not if somebody else has requested it', async () => {
    const world = await bareWorld();
    const { subscriptionId } = world.device();
    await world.asOwner('POST', `/subscriptions/${subscriptionId}/providers/Microsoft.Storage/register`, '2021-04-01');
    world.azure.control.clearRequests();
    await runToEnd(world, await world.generate());
    const asked = world.azure.requests.flatMap(({ action }) => (/\/register\//.test(action ?? '') ? [action] : []));
    assert.deepEqual(asked, ['Microsoft.KeyVault/register/action', 'Microsoft.Insights/register/action']);
  });
});

suite('the storage account of the audit log', () => {
  test('is requested as soon as its own provider is registered, even if that of vaults takes longer', async () => {
    const world = await bareWorld(3 * second);
    world.azure.control.neverRegister({ namespace: 'Microsoft.KeyVault' });
    const run = await world.generate();
    const startedAt = world.clock.now();
    await world.temporal.runUntil(() => world.clock.now() - startedAt > 30 * second);
    assert.equal(firstAt(world, 'Microsoft.Storage/storageAccounts/write'), 3 * second);
    assert.deepEqual(world.vaultsOf(), []);
    world.azure.control.letRegister({ namespace: 'Microsoft.KeyVault' });
    assertActivatable(world.azure, world.device(), await runToEnd(world, run));
  });

  test('is requested as soon as its provider is registered, long after the vault', async () => {
    const world = await bareWorld(3 * second);
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const run = await world.generate();
    await world.temporal.runUntil(() => firstLock(world));
    world.clock.advanceTo(world.clock.now() + 20 * second);
    world.azure.control.letRegister({ namespace: 'Microsoft.Storage' });
    assertActivatable(world.azure, world.device(), await runToEnd(world, run));
    const { steps } = await status(run);
    assert.equal(steps.find(({ step }) => step === 'beginAuditStorage')?.state, 'done');
  });

  test('does not prevent the creation and the lock of the vault if its provider never registers', async () => {
    const world = await bareWorld(3 * second);
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const run = await world.generate();
    await world.temporal.runUntil(() => firstLock(world));
    assert.ok(firstAt(world, 'Microsoft.Authorization/locks/write') < 20 * second);
    await runToRest(world, run);
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'awaitAuditStorage ProviderNotReady');
    await decide(run, { decision: 'skip' });
    assert.equal((await runToEnd(world, run)).audit, 'skipped');
  });

  for (const namespace of ['Microsoft.Storage', 'Microsoft.Insights']) {
    const step = namespace === 'Microsoft.Storage' ? 'awaitAuditStorage' : 'ensureDiagnosticSetting';

    test(`waits for a person at ${step} if ${namespace} may no longer be registered, and only the trail is skipped`, async () => {
      const world = await bareWorld(3 * second);
      const run = await planned(world);
      world.azure.control.takeRight({ principal: 'worker', action: `${namespace}/register/action` });
      await runToRest(world, run);
      const block = await blockOf(run);
      assert.equal(`${block.step} ${block.failure}`, `${step} MissingPermission`);
      assert.match(block.message, new RegExp(`perform action '${namespace}/register/action'`));
      await decide(run, { decision: 'skip' });
      const result = await runToEnd(world, run);
      assert.equal(result.audit, 'skipped');
      assertActivatable(world.azure, world.device(), result);
    });

    test(`resumes by itself at ${step} when ${namespace} may be registered`, async () => {
      const world = await bareWorld();
      const right = { principal: 'worker', action: `${namespace}/register/action` };
      const run = await planned(world);
      world.azure.control.takeRight(right);
      await runToRest(world, run);
      assert.equal((await blockOf(run)).step, step);
      world.azure.control.giveBackRight(right);
      assert.equal((await runToEnd(world, run)).audit, 'complete');
    });
  }

  test('is created while the provider of the setting still registers, and the setting waits for that', async () => {
    const world = await bareWorld(3 * second);
    world.azure.control.neverRegister({ namespace: 'Microsoft.Insights' });
    const run = await world.generate();
    await runToRest(world, run);
    const { step, failure, message } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'ensureDiagnosticSetting ProviderNotReady');
    assert.match(message, /Microsoft\.Insights is Registering/);
    world.azure.control.letRegister({ namespace: 'Microsoft.Insights' });
    assert.equal((await runToEnd(world, run)).audit, 'complete');
  });
});

const firstLock = ({ azure }: World): boolean => Object.keys(azure.state.locks).length > 0;

suite('work beside the steps', () => {
  const begun = async () => {
    const world = await bareWorld(3 * second);
    for (const namespace of ['Microsoft.KeyVault', 'Microsoft.Storage'])
      world.azure.control.neverRegister({ namespace });
    const run = await world.generate();
    await world.temporal.runUntil(() => isPending(run, 'beginAuditStorage') && world.writes().length >= 2);
    return { world, run };
  };

  test('appears as a step of its own', async () => {
    const { run } = await begun();
    const { steps } = await status(run);
    assert.deepEqual(
      steps.map(({ step, state }) => `${step} ${state}`),
      ['planActivation done', 'registerProviders running', 'beginAuditStorage running'],
    );
  });

  test('ends with a cancelled procedure, and sends no further request to Azure', async () => {
    const { world, run } = await begun();
    await run.cancel();
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(run.outcome?.status, 'cancelled');
    assert.equal((await status(run)).steps.at(-1)?.state, 'postponed');
    world.azure.control.clearRequests();
    world.azure.control.letRegister({ namespace: 'Microsoft.Storage' });
    await world.temporal.runUntil();
    assert.deepEqual(world.azure.requests, []);
  });

  test('ends with an aborted procedure', async () => {
    const world = await bareWorld(3 * second);
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const run = await planned(world);
    world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.KeyVault/register/action' });
    await runToRest(world, run);
    assert.equal((await blockOf(run)).step, 'registerProviders');
    assert.ok(isPending(run, 'beginAuditStorage'));
    await decide(run, { decision: 'abort' });
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.match(failureOf(run), /^MissingPermission: aborted by ada/);
    world.azure.control.clearRequests();
    await world.temporal.runUntil();
    assert.deepEqual(world.azure.requests, []);
  });
});

/** Providers are taken out of use after the device was put into it, and its audit trail is gone. */
const unregister = async (world: World, ...namespaces: string[]): Promise<void> => {
  const { subscriptionId } = world.device();
  for (const namespace of namespaces) {
    await world.asOwner('POST', `/subscriptions/${subscriptionId}/providers/${namespace}/unregister`, '2021-04-01');
  }
  world.clock.advanceTo(world.clock.now() + 5 * minute);
  world.azure.state.storageAccounts = {};
  world.azure.state.diagnosticSettings = {};
  world.azure.state.locks = {};
  world.azure.control.clearRequests();
};

suite('while the providers of the audit trail are no longer registered,', () => {
  const settings = { providerRegistration: minute };

  test('a repair locks the vault', async () => {
    const { world } = await onlineWorld({ settings });
    await unregister(world, 'Microsoft.Storage');
    await repair(world);
    assert.equal(firstAt(world, 'Microsoft.Authorization/locks/write'), 0);
    assert.equal(firstAt(world, 'Microsoft.Storage/storageAccounts/write'), minute);
    assert.deepEqual(linesOf((await inspect(world)).drift), []);
  });

  test('a recovery recovers and locks the vault', async () => {
    const { world } = await lostVault({ settings });
    await unregister(world, 'Microsoft.Storage', 'Microsoft.Insights');
    const result = await endOf(world, await startRecovery(world));
    assert.ok(firstAt(world, 'Microsoft.Authorization/locks/write') < minute);
    assert.equal(firstAt(world, 'Microsoft.Storage/storageAccounts/write'), minute);
    assert.equal(result.audit, 'complete');
    assertInService(world, result);
  });
});
