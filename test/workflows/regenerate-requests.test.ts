/** A regeneration that is asked for again under the name of its request, whatever has happened in between. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { awaitActivationKeyUpdate } from '../../workflows/messages.ts';
import { failureOf, keyFrom, runToEnd, runToRest, type World } from '../harness/world.ts';
import { assertInForce, endOf, superseding, vaultOf, worldWithKey } from './regeneration.ts';

const day = 24 * 3_600_000;
const named = { supersede: true, requestId: 'ticket-4711' };

const request = async (world: World) => endOf(world, await world.regenerate(named));

/** The world once the request has been answered, what it was answered, and the log of requests to Azure begun anew. */
const answered = async () => {
  const { world, first } = await worldWithKey();
  const result = await request(world);
  world.azure.control.clearRequests();
  return { world, first, result };
};

const keysOf = (world: World) => vaultOf(world).secrets['ase-activation-key']?.versions ?? [];

suite('a repeated request for a new key', () => {
  test('gets the same key, and the key that this one replaced', async () => {
    const { world, first, result } = await answered();
    assert.deepEqual(result.superseded, first.activationKey);
    const again = await request(world);
    assert.deepEqual(again, { ...result, auditRecord: 'no access' });
    assert.deepEqual(world.writes(), []);
    assertInForce(world, again);
  });

  test('gets it at once, also by the update that waits for the key', async () => {
    const { world, result } = await answered();
    const run = await world.regenerate(named);
    const { result: told } = await run.update(awaitActivationKeyUpdate);
    await endOf(world, run);
    assert.deepEqual(keyFrom(await told), result.activationKey);
  });

  test('gets the same key after other procedures ran in between', async () => {
    const { world, result } = await answered();
    assert.deepEqual((await runToEnd(world, await world.generate())).activationKey, result.activationKey);
    assert.deepEqual((await request(world)).activationKey, result.activationKey);
    assert.equal(keysOf(world).length, 2);
  });

  test('gets the same key after the device was activated with it', async () => {
    const { world, result } = await answered();
    assert.equal((await world.pasteKey(result.keyVault.name)).activated, true);
    assert.deepEqual((await request(world)).activationKey, result.activationKey);
    const another = await world.regenerate({ supersede: true, requestId: 'another' });
    await runToRest(world, another);
    assert.match(failureOf(another), /^DeviceAlreadyActivated: /);
    assert.equal(keysOf(world).length, 2);
  });

  test('gets the same key after its expiry', async () => {
    const { world, result } = await answered();
    world.clock.advanceTo(world.clock.now() + 4 * day);
    assert.deepEqual((await request(world)).activationKey, result.activationKey);
    assert.equal(keysOf(world).length, 2);
  });

  test('learns that a later request replaced its key, and none is created', async () => {
    const { world, result } = await answered();
    await superseding(world);
    const run = await world.regenerate(named);
    await runToRest(world, run);
    const { fingerprint } = result.activationKey;
    assert.ok(failureOf(run).startsWith(`KeySuperseded: `));
    assert.ok(failureOf(run).includes(fingerprint), failureOf(run));
    assert.equal(keysOf(world).length, 3);
  });

  test('gets the same key from a worker that has lost its access to the vault', async () => {
    const { world, result } = await answered();
    const vault = vaultOf(world);
    const { objectId } = world.azure.principals.worker;
    vault.accessPolicies = vault.accessPolicies.filter((entry) => entry.objectId !== objectId);
    vault.policyVersions = [{ from: 0, policies: vault.accessPolicies }];
    assert.deepEqual((await request(world)).activationKey, result.activationKey);
    assert.equal(keysOf(world).length, 2);
  });

  test('gets its key even if Temporal has lost its run', async () => {
    const { world } = await worldWithKey();
    const lost = await world.regenerate(named);
    await world.temporal.runUntil(() => keysOf(world).length === 2);
    await lost.terminate('lost');
    const { activationKey, superseded } = await request(world);
    assert.equal(activationKey.version, keysOf(world).at(-1)?.version);
    assert.ok(superseded);
    assert.equal(keysOf(world).length, 2);
  });

  test('gets the same key if the write of that key was delivered twice', async () => {
    const { world } = await worldWithKey({
      meddle: async (asked, pass) => {
        const twice = asked.method === 'PUT' && asked.url.includes('/secrets/ase-activation-key');
        if (twice) await pass(asked.clone());
        return pass(asked);
      },
    });
    const { activationKey } = await request(world);
    const again = await request(world);
    assert.deepEqual(again.activationKey, activationKey);
    assertInForce(world, again);
  });

  test('without a request id, or with another one, is another request', async () => {
    const { world, result } = await answered();
    const other = await endOf(world, await world.regenerate({ supersede: true, requestId: 'ticket-4712' }));
    assert.deepEqual(other.superseded, result.activationKey);
    assert.deepEqual((await superseding(world)).superseded, other.activationKey);
  });
});

test('a request id is 1 to 64 printable characters without spaces', async () => {
  const { world } = await worldWithKey();
  for (const requestId of ['', 'two words', 'é', 'x'.repeat(65), 7 as unknown as string]) {
    const run = await world.regenerate({ supersede: true, requestId });
    await runToRest(world, run);
    assert.match(failureOf(run), /^InvalidInput: requestId must be 1 to 64 printable ASCII characters without spaces/);
  }
  const longest = 'x'.repeat(64);
  await endOf(world, await world.regenerate({ supersede: true, requestId: longest }));
  assert.equal(keysOf(world).at(-1)?.tags?.['ase-request'], longest);
});
