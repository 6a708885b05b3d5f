/** What procedures write into the worker's log, beside the lines of steps that were done. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { decideSignal, type Decision } from '../../workflows/messages.ts';
import { createWorld, runToRest, type World } from '../harness/world.ts';
import { answer, startVaultDeletion, worldToDeleteIn } from './deletion.ts';

const linesOf = ({ temporal }: World): [message: string, meta: Record<string, unknown>][] =>
  temporal.logs
    .map(({ message, meta }): [string, Record<string, unknown>] => [message, meta as Record<string, unknown>])
    .filter(([message]) => /^(step|decision)\b/.test(message));

const decision = (given: Partial<Decision>): Decision => ({
  step: 'ensureKeyVault',
  decision: 'retry',
  block: 1,
  by: 'ada',
  ...given,
});

const blockedOnTakenName = async () => {
  const world = await createWorld();
  world.azure.control.putStrangersVault({ name: defaultKeyVaultName(world.device()) });
  const run = await world.generate();
  await runToRest(world, run);
  return { world, run };
};

suite('a procedure writes', () => {
  test('one line when a step blocks: its name, the cause, who acts, and the number of attempts', async () => {
    const { world } = await blockedOnTakenName();
    const [[message, { step, failure, attempts, block, who, heals }], ...more] = linesOf(world) as [
      [string, Record<string, unknown>],
    ];
    assert.deepEqual(more, []);
    assert.deepEqual(
      { message, step, failure, attempts, block, who, heals },
      {
        message: 'step blocked',
        step: 'ensureKeyVault',
        failure: 'VaultNameTaken',
        attempts: 1,
        block: 1,
        who: 'requester',
        heals: false,
      },
    );
  });

  test('one line for each decision with its effect, and one for the step that it ends', async () => {
    const { world, run } = await blockedOnTakenName();
    await run.signal(decideSignal, decision({ block: 7 }));
    await run.signal(decideSignal, decision({ decision: 'abort' }));
    await runToRest(world, run);
    const told = linesOf(world).slice(1);
    assert.deepEqual(
      told.map(([message, { decision, applied, outcome, failure }]) => [
        message,
        decision ?? outcome,
        applied ?? failure,
      ]),
      [
        ['decision', 'retry', false],
        ['decision', 'abort', true],
        ['step failed', 'failed', 'VaultNameTaken'],
      ],
    );
  });

  test('the number of attempts of a step that Azure delayed', async () => {
    const world = await createWorld();
    world.azure.control.addFault({ path: /\/vaults\//, action: { status: 503, code: 'ServerBusy' } });
    const run = await world.generate();
    await runToRest(world, run);
    const [message, { step, failure, attempts }] = linesOf(world)[0] ?? ['', {}];
    assert.deepEqual([message, step, failure], ['step blocked', 'planActivation', 'AzureUnavailable']);
    assert.ok(Number(attempts) > 10, `${String(attempts)} attempts`);
  });

  test('one line for a step that failed, blocked afterwards, and was aborted', async () => {
    const world = await worldToDeleteIn();
    world.azure.control.addFault({
      method: 'DELETE',
      path: /\/vaults\/[^/]+$/,
      action: { status: 403, code: 'AuthorizationFailed' },
    });
    const run = await startVaultDeletion(world);
    await answer(world, run);
    await runToRest(world, run);
    await run.signal(decideSignal, decision({ step: 'softDeleteKeyVault', decision: 'abort' }));
    await runToRest(world, run);
    assert.deepEqual(
      linesOf(world).map(([message, { step }]) => [message, step]),
      [
        ['step failed', 'softDeleteKeyVault'],
        ['step blocked', 'softDeleteKeyVault'],
        ['decision', 'softDeleteKeyVault'],
      ],
    );
  });

  test('nothing from the messages of Azure, nor from the reason of a decision', async () => {
    const { world, run } = await blockedOnTakenName();
    await run.signal(decideSignal, decision({ decision: 'abort', reason: 'the reason of a person' }));
    await runToRest(world, run);
    const text = JSON.stringify(linesOf(world));
    assert.doesNotMatch(text, /the reason of a person/);
    assert.doesNotMatch(text, new RegExp(defaultKeyVaultName(world.device())));
  });
});
