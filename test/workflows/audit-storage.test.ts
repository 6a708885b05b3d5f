/** The storage account of the audit log is slow, is named in a world-wide name space, and may fail behind the scenes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertActivatable } from '../harness/invariants.ts';
import { blockOf, createWorld, refusal, runToEnd, runToRest, type Meddler } from '../harness/world.ts';

const isAccount = (verb: string, { method, url }: Request): boolean =>
  method === verb && url.includes('/storageAccounts/ase');

test('an account in the state Failed blocks at once as StorageCreateFailed', async () => {
  const failing: Meddler = async (request, pass) => {
    const answer = await pass(request);
    if (!answer.ok || !isAccount('GET', request)) return answer;
    const account = (await answer.json()) as { properties: object };
    return Response.json({ ...account, properties: { ...account.properties, provisioningState: 'Failed' } });
  };
  const world = await createWorld({ meddle: failing });
  const run = await world.generate();
  const since = world.clock.now();
  await runToRest(world, run);
  const { step, failure, skippable } = await blockOf(run);
  assert.deepEqual(
    { step, failure, skippable },
    {
      step: 'awaitAuditStorage',
      failure: 'StorageCreateFailed',
      skippable: true,
    },
  );
  assert.ok(world.clock.now() - since < 2 * 60_000, `after ${world.clock.now() - since} ms`);
});

test("our own account that is not visible yet is not mistaken for a stranger's, whatever the answer to its repeated creation", async () => {
  let creations = 0;
  const world = await createWorld({
    settings: { storageAccount: 10 * 60_000 },
    meddle: (request, pass) => {
      const again = isAccount('PUT', request) && creations++ > 0;
      return again ? Promise.resolve(refusal(409, 'StorageAccountAlreadyTaken')) : pass(request);
    },
  });
  const result = await runToEnd(world, await world.generate());
  assert.ok(creations > 1, 'it was submitted again');
  assert.equal(Object.keys(world.azure.state.storageAccounts).length, 1);
  assertActivatable(world.azure, world.device(), result);
});

test('a setting that is written before its account is reachable is written again, without a question', async () => {
  let early = 0;
  const text = "Storage account 'x' is not accessible yet. Try again when storage provisioning is complete";
  const world = await createWorld({
    meddle: (request, pass) => {
      const isEarly = request.method === 'PUT' && request.url.includes('/diagnosticSettings/') && early++ < 2;
      return isEarly ? Promise.resolve(refusal(409, 'Conflict', text)) : pass(request);
    },
  });
  const result = await runToEnd(world, await world.generate());
  assert.ok(early > 2, 'it was written again');
  assertActivatable(world.azure, world.device(), result);
});

test('a kind of account that the region does not offer is refused with the key of the profile for another kind', async () => {
  const world = await createWorld({
    meddle: (request, pass) =>
      isAccount('PUT', request)
        ? Promise.resolve(refusal(400, 'RedundancyConfigurationNotAvailableInRegion', 'No zones here.'))
        : pass(request),
  });
  const run = await world.generate();
  await runToRest(world, run);
  const { failure, message } = await blockOf(run);
  assert.equal(failure, 'RequestRefused');
  assert.match(message, /^No zones here\. .*set the key storageSku .*\(ASE_PROFILE\)/);
});
