/** What runs under one release goes on under another, whose tables and limits say something else. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { failures, type FailureType } from '../../domain/failures.ts';
import { decideSignal, decideUpdate, type Decision } from '../../workflows/messages.ts';
import { failing, withoutPatience } from '../harness/failing.ts';
import type { Workflows } from '../harness/temporal/index.ts';
import { blockOf, createWorld, decide, releaseOf, resultOf, runToRest, status } from '../harness/world.ts';
import { bundleChanged, flippedTable, strictLimits } from '../histories/changed-workflows.ts';
import {
  answer,
  assertSoftDeleted,
  endOfVault,
  lockId,
  questionOf,
  startVaultDeletion,
  vaultId,
  worldToDeleteIn,
} from './deletion.ts';

const types = Object.keys(failures) as FailureType[];
/** As long as a text may be. */
const longest = 'in so many words '.repeat(12).slice(0, 200);

suite('under a table of failures with the opposite rules', () => {
  let flipped: Workflows;
  before(async () => {
    flipped = await releaseOf(await bundleChanged(...flippedTable));
  });

  for (const type of types.filter((each) => failures[each].class !== 'fatal')) {
    test(`a run that is blocked by ${type} stays the same, and resumes by itself or by a decision as before`, async () => {
      let causes: FailureType[] = [type];
      const next = (step: string) => (step === 'registerProviders' ? causes[0] : undefined);
      const world = await createWorld({ around: (activities) => withoutPatience(failing(next)(activities)) });
      const run = await world.generate();
      await runToRest(world, run);
      const before = await status(run);
      assert.equal(before.blocked?.failure, type);
      await world.deploy(flipped);
      assert.deepEqual(await status(run), before);
      causes = [];
      if (!before.blocked.heals) await decide(run, {});
      await world.temporal.runUntil(() => run.outcome !== undefined);
      resultOf(run);
    });
  }
});

suite('under limits that permit almost nothing', () => {
  let strict: Workflows;
  before(async () => {
    strict = await releaseOf(await bundleChanged(...strictLimits));
  });

  test('a run that was started and retried with long texts continues', async () => {
    const world = await createWorld();
    world.azure.control.putStrangersVault({ name: 'a-name-of-24-letters-xxx' });
    const run = await world.generate({ keyVaultName: 'a-name-of-24-letters-xxx', requestedBy: longest });
    await runToRest(world, run);
    const { step, block } = await blockOf(run);
    const said: Decision = { step, block, decision: 'retry', by: longest, reason: longest };
    await run.signal(decideSignal, { ...said, block: 7, by: longest.repeat(9) });
    const { result } = await run.update(decideUpdate, { ...said, input: { keyVaultName: 'another-of-24-letters-xx' } });
    assert.deepEqual(await result, { block });
    const before = await status(run);
    await world.deploy(strict);
    assert.deepEqual(await status(run), before);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(resultOf(run).keyVault.name, 'another-of-24-letters-xx');
  });

  test('a run that a signal with texts of excess length has retried continues', async () => {
    const world = await createWorld();
    world.azure.control.putStrangersVault({ name: 'a-taken-name' });
    const run = await world.generate({ keyVaultName: 'a-taken-name' });
    await runToRest(world, run);
    const { step, block } = await blockOf(run);
    const tooLong = longest.repeat(20);
    const input = { keyVaultName: 'another-of-24-letters-xx' };
    await run.signal(decideSignal, { step, block, decision: 'retry', by: tooLong, reason: tooLong, input });
    await world.deploy(strict);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(resultOf(run).keyVault.name, input.keyVaultName);
  });

  for (const way of ['update', 'signal'] as const) {
    test(`a vault is deleted after a consent with long texts, by ${way}`, async () => {
      const world = await worldToDeleteIn();
      const name = 'a-lock-'.padEnd(90, 'x');
      world.azure.control.putLock({ scope: vaultId(world), name, level: 'CanNotDelete' });
      const run = await startVaultDeletion(world, { consentWithin: 720, requestedBy: longest });
      const said = { releaseLocks: [lockId(vaultId(world), name)], by: longest, reason: longest };
      if (way === 'update') await answer(world, run, said);
      else {
        const { keyVaultName, inventory } = await questionOf(world, run);
        const by = longest.repeat(20);
        await run.signal('consent', { decision: 'delete-vault', keyVaultName, inventory, ...said, by });
      }
      const before = await status(run);
      await world.deploy(strict);
      assert.deepEqual(await status(run), before);
      const { keyVault } = await endOfVault(world, run);
      assert.equal(keyVault.outcome, 'deleted');
      assertSoftDeleted(world);
    });
  }

  test('a run that waits for an answer still has the earlier answers', async () => {
    const world = await worldToDeleteIn();
    const run = await startVaultDeletion(world, { requestedBy: longest });
    const { inventory } = await questionOf(world, run);
    const said = { decision: 'delete-vault', keyVaultName: 'no such vault', inventory, by: longest };
    await run.signal('consent', said);
    const before = await status(run);
    assert.equal(before.consents?.length, 1);
    await world.deploy(strict);
    assert.deepEqual(await status(run), before);
  });
});
