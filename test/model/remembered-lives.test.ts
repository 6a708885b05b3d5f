/** Lives that once went wrong, by what went wrong in them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decideUpdate } from '../../workflows/messages.ts';
import { blockOf, runToRest, status } from '../harness/world.ts';
import { lostVault, purge, startRecovery } from '../workflows/recovery.ts';
import type { Life } from './happenings.ts';
import { liveThrough } from './life.ts';
import { assertGoesOn, assertSound } from './soundness.ts';

const remembered: [what: string, life: Life][] = [
  [
    'a decision about a block that a cancellation had ended was accepted without effect',
    {
      beginning: 'vault lost',
      happenings: [
        { start: 'recoverKeyVault' },
        { others: 'purge the vault' },
        { events: 5 },
        { cancel: true },
        { decide: 'retry' },
      ],
    },
  ],
  [
    'a cancellation between the certificate and the key left a key that looked valid and was not',
    {
      beginning: 'new device',
      tokensLeft: 0,
      happenings: [
        { start: 'generateActivationKey', eager: false },
        { events: 200 },
        { fault: 'procedure cancelled meanwhile', away: 1, of: 'writes', late: 1 },
        { start: 'regenerateActivationKey', eager: true },
        { events: 1 },
        { others: 'lock the vault' },
        { start: 'generateActivationKey', eager: false },
        { fault: 'refuse', away: 2, of: 'writes', late: 1 },
        { start: 'generateActivationKey', eager: false },
        { decide: 'retry', mistake: 'none' },
        { events: 3 },
      ],
    },
  ],
];

suite('a life in which once', () => {
  for (const [what, life] of remembered) {
    test(what, async () => {
      const lived = await liveThrough(life);
      assertSound(lived);
      await assertGoesOn(lived);
    });
  }
});

test('a block that a cancellation has ended accepts no decision', async () => {
  const { world, vault } = await lostVault();
  const run = await startRecovery(world);
  await world.temporal.runUntil(() => run.pendingActivities.some(({ name }) => name === 'recoverDeletedKeyVault'));
  await purge(world, vault);
  await runToRest(world, run);
  const { step, block } = await blockOf(run);
  await run.cancel();
  assert.ok(run.pendingTimers.length + run.pendingActivities.length > 0, 'the lock is still being put back');
  assert.equal((await status(run)).blocked, undefined);
  const { accepted } = await run.update(decideUpdate, { step, block, decision: 'abort', by: 'ada' });
  await assert.rejects(accepted);
  await world.temporal.runUntil(() => run.outcome !== undefined);
  assert.equal(run.outcome?.status, 'cancelled');
});
