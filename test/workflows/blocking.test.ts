/** A step that cannot go on blocks: it heals by itself where it can, and takes exactly one decision. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blockedError } from '../../client/situation.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { awaitActivationKeyUpdate, decideSignal, decideUpdate, type Decision } from '../../workflows/messages.ts';
import { assertActivatable } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, failureOf, resultOf, runToRest, status, type World } from '../harness/world.ts';

const decision = (given: Partial<Decision> = {}): Decision => ({
  step: 'ensureKeyVault',
  decision: 'retry',
  by: 'ada',
  ...(given.failure === undefined ? { block: 1 } : {}),
  ...given,
});

const blockedOnTakenName = async (): Promise<{ world: World; run: Run }> => {
  const world = await createWorld();
  world.azure.control.putStrangersVault({ name: defaultKeyVaultName(world.device()) });
  const run = await world.generate();
  await runToRest(world, run);
  return { world, run };
};

type Metadata = {
  definition: Record<'signalDefinitions' | 'updateDefinitions', { name: string; description: string }[]>;
};

const descriptionsOfDecide = async (run: Run): Promise<string[]> => {
  const { definition } = await run.query<Metadata>('__temporal_workflow_metadata');
  return [...definition.signalDefinitions, ...definition.updateDefinitions].flatMap(({ name, description }) =>
    name === 'decide' ? [description] : [],
  );
};

const blockedOnStorage = async (): Promise<{ world: World; run: Run }> => {
  const world = await createWorld();
  world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
  const run = await world.generate();
  await runToRest(world, run);
  return { world, run };
};

const day = 86_400_000;

suite('a blocked step', () => {
  test('is found by its search attributes, which are cleared when it resumes', async () => {
    const { world, run } = await blockedOnTakenName();
    assert.equal(run.searchAttributes['AsePhase'], 'blocked');
    assert.equal(run.searchAttributes['AseBlockedStep'], 'ensureKeyVault');
    assert.equal(run.searchAttributes['AseFailure'], 'VaultNameTaken');
    await run.signal(decideSignal, decision({ input: { keyVaultName: 'a-free-name' } }));
    await runToRest(world, run);
    assert.equal(run.searchAttributes['AseBlockedStep'], undefined);
    assert.equal(run.searchAttributes['AseFailure'], undefined);
    assert.equal(run.searchAttributes['AsePhase'], 'key-issued');
  });

  test('shows on the timeline what is blocked, why, and the message to send', async () => {
    const { run } = await blockedOnTakenName();
    const [timer] = run.pendingTimers;
    assert.match(
      timer?.summary ?? '',
      /^BLOCKED ensureKeyVault: VaultNameTaken, the vault name \S+ is taken .*\. Send update "decide" \{"step":"ensureKeyVault","block":1,"decision":"retry","by":"you","input":\{"keyVaultName":"ase-edge1-[0-9a-f]{9}"\}\}$/,
    );
  });

  test('resumes after the exact message that its timeline shows', async () => {
    const { world, run } = await blockedOnTakenName();
    const [, message = ''] = /decide" (\{.*\})$/.exec(run.pendingTimers[0]?.summary ?? '') ?? [];
    await run.signal(decideSignal, JSON.parse(message) as Decision);
    await runToRest(world, run);
    assertActivatable(world.azure, world.device(), resultOf(run));
  });

  test('shows the message that helps where the decision is written, while it is blocked', async () => {
    const { world, run } = await blockedOnTakenName();
    const described = await descriptionsOfDecide(run);
    assert.equal(described.length, 2);
    const [message = '', again] = described.map((text) => / (\{.*\})\. decision: /.exec(text)?.[1]);
    assert.equal(message, again);
    await run.signal(decideSignal, JSON.parse(message) as Decision);
    await runToRest(world, run);
    assertActivatable(world.azure, world.device(), resultOf(run));
    for (const text of await descriptionsOfDecide(run))
      assert.match(text, /^Decide about a blocked step; no step is blocked now\./);
  });

  test('has a summary that any server accepts, however long the message of Azure is', async () => {
    for (const words of ['corporate-rules-', '社内規則', '"rules"']) {
      const world = await createWorld();
      const denyByPolicy = { assignment: words.repeat(30), definition: 'a-rule', field: 'tags' };
      world.azure.control.addFault({ path: /\/vaults\/[^/]+$/, action: { denyByPolicy } });
      const run = await world.generate();
      await runToRest(world, run);
      const [timer] = run.pendingTimers;
      assert.match(timer?.summary ?? '', /^BLOCKED ensureKeyVault: PolicyDenied, .*… Send update "decide" \{.*\}$/);
      assert.ok(Buffer.byteLength(JSON.stringify(timer?.summary)) <= 370, timer?.summary);
    }
  });

  test('ignores a signal that is not a decision, and refuses a fractional number', async () => {
    const { run } = await blockedOnTakenName();
    await run.signal(decideSignal, 'abort' as never);
    const { accepted } = await run.update(decideUpdate, decision({ block: 1.5 }));
    await assert.rejects(accepted, (error: Error) =>
      /block must be a whole number/.test(`${error.message} ${String(error.cause)}`),
    );
    const { blocked, decisions } = await status(run);
    assert.deepEqual([blocked?.block, decisions], [1, []]);
  });

  test('shows in its current details why it is blocked, who acts and what to do', async () => {
    const { run } = await blockedOnTakenName();
    const details = await run.currentDetails();
    assert.match(details, /\*\*BLOCKED at ensureKeyVault: VaultNameTaken\*\*/);
    assert.match(details, /\*\*To do \(requester\)\*\*: Retry with the keyVaultName that the message proposes/);
    assert.match(details, /retry, with input: keyVaultName, softDeletedVault/);
  });

  test('continues with another vault name from the decision', async () => {
    const { world, run } = await blockedOnTakenName();
    const { result } = await run.update(decideUpdate, decision({ input: { keyVaultName: 'a-free-name' } }));
    assert.deepEqual(await result, { block: 1 });
    await runToRest(world, run);
    assert.equal(resultOf(run).keyVault.name, 'a-free-name');
    assertActivatable(world.azure, world.device(), resultOf(run));
  });

  test('blocks again, under the next number, if a retry finds the same cause', async () => {
    const { world, run } = await blockedOnTakenName();
    await run.update(decideUpdate, decision());
    await runToRest(world, run);
    assert.equal((await blockOf(run)).block, 2);
  });

  test('recovers a deleted vault after such a decision', async () => {
    const world = await createWorld();
    const first = await world.generate();
    await runToRest(world, first);
    const { keyVault, channelIntegrityKey } = resultOf(first);
    world.azure.control.softDeleteVault({ vaultName: keyVault.name });
    const run = await world.generate();
    await runToRest(world, run);
    await run.update(decideUpdate, decision({ step: 'planActivation', input: { softDeletedVault: 'recover' } }));
    await runToRest(world, run);
    assert.deepEqual(resultOf(run).channelIntegrityKey, channelIntegrityKey);
    assertActivatable(world.azure, world.device(), resultOf(run));
  });

  test('is aborted if nobody decides for 14 days', async () => {
    const { world, run } = await blockedOnTakenName();
    const since = world.clock.now();
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.match(failureOf(run), /^VaultNameTaken: no decision within 14 days: /);
    assert.equal(world.clock.now() - since, 14 * day);
    assert.equal(run.searchAttributes['AseBlockedStep'], undefined);
  });

  test('ends with the type of its block after an abort, and names the person who aborted it', async () => {
    const { world, run } = await blockedOnTakenName();
    await run.update(decideUpdate, decision({ decision: 'abort', reason: 'wrong device' }));
    await runToRest(world, run);
    assert.match(failureOf(run), /^VaultNameTaken: aborted by ada \(wrong device\): /);
    assert.equal(run.searchAttributes['AseFailure'], 'VaultNameTaken');
  });

  test('is no longer found among the blocked ones after the procedure is cancelled', async () => {
    const { world, run } = await blockedOnTakenName();
    await run.cancel();
    await world.temporal.runUntil();
    assert.equal(run.outcome?.status, 'cancelled');
    assert.equal(run.searchAttributes['AseBlockedStep'], undefined);
  });

  test('survives the death of its worker', async () => {
    const { world, run } = await blockedOnTakenName();
    await world.temporal.crash();
    await run.update(decideUpdate, decision({ input: { keyVaultName: 'a-free-name' } }));
    await runToRest(world, run);
    assert.equal(resultOf(run).keyVault.name, 'a-free-name');
  });
});

suite('a cause that heals', () => {
  test('lets the step resume by itself within the hour after the firewall opens, without an event meanwhile', async () => {
    const world = await createWorld();
    const first = await world.generate();
    await runToRest(world, first);
    const { name } = resultOf(first).keyVault;
    world.azure.control.closeFirewall({ vaultName: name });
    const run = await world.generate();
    await runToRest(world, run);
    assert.equal((await blockOf(run)).failure, 'VaultNetworkClosed');
    const events = run.historyEvents;
    const opensAt = world.clock.now() + 2 * day;
    world.temporal.later(2 * day, () => world.azure.control.openFirewall({ vaultName: name }));
    await world.temporal.runUntil(() => world.clock.now() >= opensAt);
    assert.equal(run.historyEvents, events);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    resultOf(run);
    assert.ok(world.clock.now() - opensAt <= 61 * 60_000, `resumed ${world.clock.now() - opensAt} ms later`);
  });

  test('lets the step resume by itself after a missing right is restored', async () => {
    const world = await createWorld();
    const right = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
    world.azure.control.takeRight(right);
    const run = await world.generate();
    await runToRest(world, run);
    world.azure.control.giveBackRight(right);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assertActivatable(world.azure, world.device(), resultOf(run));
  });

  test('still permits a decision meanwhile', async () => {
    const world = await createWorld();
    world.azure.control.takeRight({ principal: 'worker', action: 'Microsoft.Authorization/locks/write' });
    const run = await world.generate();
    await runToRest(world, run);
    await run.update(decideUpdate, decision({ step: 'planActivation', decision: 'abort' }));
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.match(failureOf(run), /^MissingPermission: aborted by ada/);
  });

  test('is replaced by another cause, which blocks under the next number', async () => {
    const world = await createWorld();
    const right = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
    world.azure.control.takeRight(right);
    const run = await world.generate({ keyVaultName: 'not-ours' });
    await runToRest(world, run);
    world.azure.control.putStrangersVault({ name: 'not-ours', group: 'edge-rg' });
    world.azure.control.giveBackRight(right);
    await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === 'VaultNameTaken');
    assert.equal((await blockOf(run)).block, 2);
  });
});

suite('the audit trail', () => {
  test('can be skipped if Microsoft.Storage does not register, and the result shows who skipped it', async () => {
    const { world, run } = await blockedOnStorage();
    const { step, failure } = await blockOf(run);
    assert.equal(`${step} ${failure}`, 'awaitAuditStorage ProviderNotReady');
    await run.update(
      decideUpdate,
      decision({ step: 'awaitAuditStorage', decision: 'skip', reason: 'no rights there' }),
    );
    await runToRest(world, run);
    const result = resultOf(run);
    assert.equal(result.audit, 'skipped');
    assert.deepEqual(result.skipped, [
      { step: 'awaitAuditStorage', by: 'ada', failure: 'ProviderNotReady', reason: 'no rights there' },
    ]);
    assertActivatable(world.azure, world.device(), result);
  });

  test('resumes by itself if Microsoft.Storage registers after all', async () => {
    const { world, run } = await blockedOnStorage();
    world.azure.control.letRegister({ namespace: 'Microsoft.Storage' });
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.equal(resultOf(run).audit, 'complete');
    assertActivatable(world.azure, world.device(), resultOf(run));
  });

  test('that is skipped after the key is issued leaves a result that reports the trail as missing', async () => {
    const world = await createWorld();
    world.azure.control.neverRegister({ namespace: 'Microsoft.Storage' });
    const run = await world.generate({ audit: 'after' });
    await runToRest(world, run);
    await run.update(decideUpdate, decision({ step: 'awaitAuditStorage', decision: 'abort' }));
    await runToRest(world, run);
    assert.equal(resultOf(run).audit, 'missing');
    assertActivatable(world.azure, world.device(), resultOf(run));
  });
});

suite('decisions', () => {
  const refused: [why: string, given: Partial<Decision> & Record<string, unknown>, answer: RegExp][] = [
    [
      'for another step',
      { step: 'lockKeyVault' },
      /the decision is for lockKeyVault, but the blocked step is ensureKeyVault/,
    ],
    [
      'for another block',
      { block: 7 },
      /the decision is for block 7, but the blocked step is ensureKeyVault \(VaultNameTaken, block 1\)/,
    ],
    [
      'that name neither block nor failure',
      { block: undefined as never },
      /name the block by block or failure: the blocked step is ensureKeyVault \(VaultNameTaken, block 1\)/,
    ],
    [
      'without a step',
      { step: undefined as never },
      /^ApplicationFailure: step must be "ensureKeyVault", the blocked step; got nothing$/,
    ],
    [
      'for a step that does not exist',
      { step: 'grantAcess' },
      /^ApplicationFailure: step must be "ensureKeyVault", the blocked step; got "grantAcess"$/,
    ],
    ['for another failure', { failure: 'VaultUsesRbac' }, /the decision is for VaultUsesRbac, but/],
    [
      'that skips what cannot be skipped',
      { decision: 'skip' },
      /ensureKeyVault cannot be skipped, only the audit trail can/,
    ],
    [
      'with an unknown decision',
      { decision: 'maybe' as 'retry' },
      /decision must be "retry" or "skip" or "abort"; got "maybe"/,
    ],
    ['without a name', { by: '' }, /by must be one line of 1 to 200 printable characters; got ""/],
    [
      'with an input that the step does not accept',
      { input: { location: 'x' } },
      /"location" is not a field; the fields are keyVaultName/,
    ],
    ['with an input that is not a vault name', { input: { keyVaultName: 'x' } }, /keyVaultName must have 3 to 24/],
  ];
  for (const [why, given, answer] of refused) {
    test(`${why} are refused and change nothing`, async () => {
      const { run } = await blockedOnTakenName();
      const { accepted } = await run.update(decideUpdate, decision(given));
      await assert.rejects(accepted, answer);
      assert.equal((await blockOf(run)).block, 1);
    });
  }

  test('to a procedure that is not blocked are refused', async () => {
    const world = await createWorld();
    const run = await world.generate();
    const { accepted } = await run.update(decideUpdate, decision());
    await assert.rejects(accepted, /no step is blocked/);
    const unnamed = await run.update(decideUpdate, decision({ step: undefined as never }));
    await assert.rejects(
      unnamed.accepted,
      /: step must be the name of the blocked step, and no step is blocked; got nothing$/,
    );
  });

  test('that contradict each other: the first is applied, and the second update reports that', async () => {
    const { world, run } = await blockedOnTakenName();
    const first = run.admitUpdate(undefined, 'decide', [decision({ input: { keyVaultName: 'a-free-name' } })]);
    const second = run.admitUpdate(undefined, 'decide', [decision({ decision: 'abort', by: 'bob' })]);
    await run.work();
    assert.deepEqual(await first.result, { block: 1 });
    await assert.rejects(second.result, /block 1 has already been decided: retry by ada/);
    await runToRest(world, run);
    assert.equal(resultOf(run).keyVault.name, 'a-free-name');
  });

  test('that contradict each other: the second signal is recorded as ignored', async () => {
    const { world, run } = await blockedOnTakenName();
    await run.signal(decideSignal, decision({ input: { keyVaultName: 'a-free-name' } }));
    await run.signal(decideSignal, decision({ decision: 'abort', by: 'bob' }));
    await runToRest(world, run);
    const { decisions } = await status(run);
    assert.deepEqual(
      decisions.map(({ by, applied, ignoredBecause }) => ({ by, applied, ignoredBecause })),
      [
        { by: 'ada', applied: true, ignoredBecause: undefined },
        { by: 'bob', applied: false, ignoredBecause: 'no step is blocked' },
      ],
    );
    assert.equal(resultOf(run).keyVault.name, 'a-free-name');
  });

  test('are limited to a hundred retries in one run', async () => {
    const { world, run } = await blockedOnTakenName();
    for (let retry = 1; retry <= 100; retry++) {
      const { result } = await run.update(decideUpdate, decision({ block: retry }));
      await result;
      await runToRest(world, run);
    }
    const { accepted } = await run.update(decideUpdate, decision({ block: 101 }));
    await assert.rejects(accepted, /this run has been retried 100 times: abort, then start again/);
    const block = await blockOf(run);
    assert.equal(block.retriesLeft, 0);
    assert.match(run.pendingTimers[0]?.summary ?? '', /"block":101,"decision":"abort","by":"you"\}$/);
    assert.doesNotMatch(await run.currentDetails(), /^- retry/m);
    const { actions } = blockedError(world.device(), block);
    assert.deepEqual(
      actions.map(({ action }) => action),
      ['abort'],
    );
  });
});

suite('callers of awaitActivationKey', () => {
  test('are at most five at once; a sixth is advised to read the status', async () => {
    const { run } = await blockedOnTakenName();
    for (let caller = 1; caller <= 5; caller++) await (await run.update(awaitActivationKeyUpdate)).accepted;
    const { accepted } = await run.update(awaitActivationKeyUpdate);
    await assert.rejects(accepted, /5 callers are waiting already: use the query "status"/);
  });

  /** What is answered to a caller, and after how long. */
  const answerOf = async ({ clock, temporal }: World, run: Run) => {
    const askedAt = clock.now();
    const { result } = await run.update(awaitActivationKeyUpdate);
    let took: number | undefined;
    void result.then(() => (took = clock.now() - askedAt));
    await temporal.runUntil(() => took !== undefined);
    return { answer: await result, took };
  };

  test('learn after a minute that there is no key yet, and leave their places to others', async () => {
    const { world, run } = await blockedOnTakenName();
    const { clock, temporal } = world;
    const askedAt = clock.now();
    const gone = await Promise.all([1, 2, 3, 4, 5].map(() => run.update(awaitActivationKeyUpdate)));
    await temporal.runUntil(() => run.pendingTimers.length === 1);
    assert.equal(clock.now() - askedAt, 60_000);
    for (const { result } of gone) assert.deepEqual(await result, { waiting: true });
    const others = await Promise.all([1, 2, 3, 4, 5].map(() => run.update(awaitActivationKeyUpdate)));
    for (const { accepted } of others) await accepted;
  });

  test('cost ten events each, however long the block lasts', async () => {
    const eventsWith = async (callers: number): Promise<number> => {
      const { world, run } = await blockedOnTakenName();
      for (let caller = 1; caller <= callers; caller++) await run.update(awaitActivationKeyUpdate);
      await world.temporal.runUntil(() => run.outcome !== undefined);
      assert.match(failureOf(run), /no decision within 14 days/);
      return run.historyEvents;
    };
    assert.equal((await eventsWith(5)) - (await eventsWith(0)), 5 * 10);
  });

  test('are answered a hundred times in one run, so that decisions are always accepted', async () => {
    const { world, run } = await blockedOnTakenName();
    const before = run.historyEvents;
    for (let asked = 1; asked <= 100; asked++) {
      assert.deepEqual(await answerOf(world, run), { answer: { waiting: true }, took: 60_000 });
    }
    assert.equal(run.historyEvents - before, 100 * 10);
    const { accepted } = await run.update(awaitActivationKeyUpdate);
    await assert.rejects(accepted, /has answered 100 times: use the query "status"/);
    const { result } = await run.update(decideUpdate, decision({ input: { keyVaultName: 'a-free-name' } }));
    assert.deepEqual(await result, { block: 1 });
  });

  test('are answered at once when the key is issued', async () => {
    const world = await createWorld({ settings: { storageAccount: 180_000 } });
    const run = await world.generate({ audit: 'after' });
    await world.temporal.runUntil(() => run.searchAttributes['AsePhase'] === 'key-issued');
    const before = run.historyEvents;
    const { answer, took } = await answerOf(world, run);
    assert.equal(took, 0);
    assert.equal(run.historyEvents - before, 5);
    await runToRest(world, run);
    assert.deepEqual(answer, resultOf(run).activationKey);
  });

  test('all get the key after the block is gone, and leave room for decisions meanwhile', async () => {
    const { world, run } = await blockedOnTakenName();
    const callers = await Promise.all([1, 2, 3, 4, 5].map(() => run.update(awaitActivationKeyUpdate)));
    await run.update(decideUpdate, decision({ input: { keyVaultName: 'a-free-name' } }));
    await runToRest(world, run);
    const keys = await Promise.all(callers.map(({ result }) => result));
    for (const key of keys) assert.deepEqual(key, resultOf(run).activationKey);
  });

  test('get the failure if the procedure ends without a key, and not before its end', async () => {
    const { world, run } = await blockedOnTakenName();
    const { result } = await run.update(awaitActivationKeyUpdate);
    const ended = result.catch(() => run.outcome?.status);
    await run.update(decideUpdate, decision({ decision: 'abort' }));
    await runToRest(world, run);
    await assert.rejects(result, /aborted by ada/);
    assert.equal(await ended, 'failed', 'the device is free for what comes next');
  });

  test('get the reason for a refused input at once', async () => {
    const world = await createWorld();
    const { update } = await world.temporal.startWithUpdate(
      'generateActivationKey',
      [{ deviceId: 'nonsense' }],
      { workflowId: 'ase:nonsense' },
      { name: awaitActivationKeyUpdate, args: [] },
    );
    await assert.rejects(update.result, /deviceId must be the ARM id of a device/);
  });
});
