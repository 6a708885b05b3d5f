/** A blocked step is one block, however often its cause changes: one number, one deadline, one history of bounded length. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/index.ts';
import { blockedError } from '../../client/situation.ts';
import type { FailureType } from '../../domain/failures.ts';
import { decideSignal, decideUpdate, type Decision } from '../../workflows/messages.ts';
import type { StepName } from '../../workflows/steps.ts';
import { failing } from '../harness/failing.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, decide, failureOf, resultOf, runToRest, status, type World } from '../harness/world.ts';
import { answer, assertProtected, failedWith, startVaultDeletion, worldToDeleteIn } from './deletion.ts';

const day = 86_400_000;

type Stage = { world: World; run: Run; looks: () => number };

/** An activation whose step finds these causes one after the other, and then the last one for ever, unless it says none. */
const generating = async (
  step: StepName,
  causes: readonly FailureType[],
  then: FailureType | 'none' = causes.at(-1) ?? 'none',
): Promise<Stage> => {
  let looks = 0;
  const last = then === 'none' ? undefined : then;
  const next = (name: string) => (name === step ? (causes[looks++] ?? last) : undefined);
  const world = await createWorld({ around: failing(next) });
  const run = await world.generate();
  await runToRest(world, run);
  return { world, run, looks: () => looks };
};

const turnsTo = async ({ world, run }: Stage, failure: string): Promise<void> =>
  world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === failure);

const toEnd = async ({ world, run }: Stage): Promise<void> => world.temporal.runUntil(() => run.outcome !== undefined);

const decision = (given: Partial<Decision>): Decision => ({
  step: 'grantAccess',
  decision: 'retry',
  by: 'ada',
  ...given,
});

const refusalOf = async (run: Run, given: Partial<Decision>): Promise<string> => {
  const { accepted } = await run.update(decideUpdate, decision(given));
  const error = await accepted.then(
    () => assert.fail('it was accepted'),
    (error: Error) => error,
  );
  return `${error.message} ${String(error.cause)}`;
};

const three: FailureType[] = ['MissingPermission', 'ForeignLock', 'VaultNetworkClosed'];

suite('a block whose cause changes', () => {
  test('keeps its number and the time it began, and names its present cause and all former ones', async () => {
    const stage = await generating('grantAccess', three);
    const { run } = stage;
    const before = await blockOf(run);
    await turnsTo(stage, 'VaultNetworkClosed');
    const { block, since, failure, message, who, causes } = await blockOf(run);
    assert.deepEqual([block, since], [before.block, before.since]);
    assert.deepEqual([failure, who], ['VaultNetworkClosed', 'network administrator']);
    assert.match(message, /^VaultNetworkClosed was told/);
    assert.deepEqual(causes, three);
  });

  test('shows its present cause in the details, on the timeline and where the decision is written', async () => {
    const stage = await generating('grantAccess', three);
    const { run } = stage;
    await turnsTo(stage, 'VaultNetworkClosed');
    const details = await run.currentDetails();
    assert.match(details, /\*\*BLOCKED at grantAccess: VaultNetworkClosed\*\* \(block 1, since/);
    assert.match(details, /Causes so far: MissingPermission, ForeignLock, VaultNetworkClosed/);
    assert.deepEqual(
      run.pendingTimers.map(({ summary }) => summary?.split(',')[0]),
      ['BLOCKED grantAccess: VaultNetworkClosed'],
    );
    const { hint } = blockedError(stage.world.device(), await blockOf(run));
    assert.match(hint, /^Causes so far: MissingPermission, ForeignLock, VaultNetworkClosed\nNetwork administrator: /);
    assert.match(run.pendingActivities[0]?.summary ?? '', /^Blocked by VaultNetworkClosed: Grant edge-1 get and set/);
  });

  test('resumes by itself when the last of its causes is gone, and then has no failure', async () => {
    const stage = await generating('grantAccess', three, 'none');
    await toEnd(stage);
    resultOf(stage.run);
    assert.equal(stage.run.searchAttributes['AseFailure'], undefined);
    assert.equal((await status(stage.run)).blocked, undefined);
  });

  test('ends at the deadline of its first cause, with the type of its last and the names of all', async () => {
    const stage = await generating('grantAccess', three);
    const since = stage.world.clock.now();
    await toEnd(stage);
    assert.equal(stage.world.clock.now() - since, 14 * day);
    assert.equal(
      failureOf(stage.run),
      'VaultNetworkClosed: no decision within 14 days: VaultNetworkClosed was told to happen. Causes of the ' +
        'block: MissingPermission, ForeignLock, VaultNetworkClosed',
    );
    const { error } = stage.run.outcome as { error: { details?: [{ causes?: unknown }] } };
    assert.deepEqual(error.details?.[0].causes, three);
  });

  test('accepts a decision that was meant for it before its cause changed', async () => {
    const stage = await generating('grantAccess', three);
    const { block } = await blockOf(stage.run);
    await turnsTo(stage, 'VaultNetworkClosed');
    await (
      await stage.run.update(decideUpdate, decision({ block, decision: 'abort' }))
    ).result;
    await toEnd(stage);
    assert.match(failureOf(stage.run), /^VaultNetworkClosed: aborted by ada: /);
  });

  test('accepts a decision about its present cause, and none about a former one', async () => {
    const stage = await generating('grantAccess', three);
    await turnsTo(stage, 'VaultNetworkClosed');
    assert.match(
      await refusalOf(stage.run, { failure: 'ForeignLock' }),
      /the decision is for ForeignLock, but the blocked step is grantAccess \(VaultNetworkClosed, block 1\)/,
    );
    await (
      await stage.run.update(decideUpdate, decision({ failure: 'VaultNetworkClosed', decision: 'abort' }))
    ).result;
  });

  test('is another block, with a deadline of its own, only after a decision', async () => {
    const stage = await generating('grantAccess', three);
    await turnsTo(stage, 'ForeignLock');
    stage.world.clock.advanceTo(stage.world.clock.now() + 3 * day);
    await decide(stage.run, {});
    await runToRest(stage.world, stage.run);
    const { block, since, causes } = await blockOf(stage.run);
    assert.deepEqual([block, Date.parse(since)], [2, stage.world.clock.now()]);
    assert.deepEqual(causes, ['VaultNetworkClosed']);
  });

  test('is probed at growing intervals, whatever the probes find', async () => {
    const stage = await generating('grantAccess', [], 'MissingPermission');
    let turn = 0;
    const world = await createWorld({
      around: failing((name) => (name === 'grantAccess' ? three[turn++ % 3] : undefined)),
    });
    const run = await world.generate();
    await runToRest(world, run);
    const hours: number[] = [];
    for (const { world: each, run: of, looks } of [stage, { world, run, looks: () => turn }]) {
      const from = each.clock.now();
      const before = looks();
      await each.temporal.runUntil(() => each.clock.now() - from >= day / 24);
      assert.equal(of.outcome, undefined);
      hours.push(looks() - before);
    }
    const [steady = 0, turning = 0] = hours;
    assert.ok(turning <= steady && steady < 25, `${steady} looks in an hour at one cause, ${turning} at three`);
  });
});

suite('a cause that does not heal', () => {
  const stay: FailureType[] = ['MissingPermission', 'VaultNameTaken'];

  test('keeps the block, which waits for a decision without probes', async () => {
    const stage = await generating('ensureKeyVault', stay);
    await turnsTo(stage, 'VaultNameTaken');
    const { block, heals, causes } = await blockOf(stage.run);
    assert.deepEqual([block, heals, causes], [1, false, stay]);
    assert.deepEqual(stage.run.pendingActivities, []);
    assert.match(stage.run.pendingTimers[0]?.summary ?? '', /^BLOCKED ensureKeyVault: VaultNameTaken, /);
    const { historyEvents } = stage.run;
    const now = stage.world.clock.now();
    stage.world.temporal.later(10 * day, () => undefined);
    await stage.world.temporal.runUntil(() => stage.world.clock.now() >= now + 10 * day);
    assert.deepEqual([stage.looks(), stage.run.historyEvents], [2, historyEvents]);
  });

  test('does not extend the deadline', async () => {
    const stage = await generating('ensureKeyVault', [
      ...Array<FailureType>(400).fill('ForeignLock'),
      'VaultNameTaken',
    ]);
    const since = stage.world.clock.now();
    await turnsTo(stage, 'VaultNameTaken');
    assert.ok(stage.world.clock.now() - since > 3 * day);
    await toEnd(stage);
    assert.equal(stage.world.clock.now() - since, 14 * day);
    assert.match(failureOf(stage.run), /^VaultNameTaken: no decision within 14 days: .*: ForeignLock, VaultNameTaken$/);
  });

  test('that can never be resolved ends the procedure at once', async () => {
    const stage = await generating('ensureKeyVault', ['MissingPermission', 'DeviceNotFound']);
    await toEnd(stage);
    assert.equal(failureOf(stage.run), 'DeviceNotFound: DeviceNotFound was told to happen');
  });
});

suite('alternating causes', () => {
  const turning = async (until: number) => {
    let looks = 0;
    const world = await createWorld({
      around: failing((name) => (name === 'grantAccess' && looks < until ? three[looks++ % 3] : undefined)),
    });
    const run = await world.generate();
    await runToRest(world, run);
    return { world, run, looks: () => looks };
  };

  test('are followed twenty times, then one activity waits until all are gone, without an event', async () => {
    const stage = await turning(500);
    await stage.world.temporal.runUntil(() => stage.looks() > 30);
    const { historyEvents } = stage.run;
    const { block, causes } = await blockOf(stage.run);
    assert.deepEqual([block, causes], [1, three]);
    await stage.world.temporal.runUntil(() => stage.looks() > 490);
    assert.equal(stage.run.historyEvents, historyEvents);
    await toEnd(stage);
    resultOf(stage.run);
  });

  test('end with a cause that does not heal, even after so many', async () => {
    let looks = 0;
    const next = () => (looks > 50 ? 'RequestRefused' : three[looks % 3]);
    const world = await createWorld({
      around: failing((name) => (name === 'grantAccess' ? (looks++, next()) : undefined)),
    });
    const run = await world.generate();
    await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === 'RequestRefused');
    const { block, heals, causes } = await blockOf(run);
    assert.deepEqual([block, heals, causes.at(-1)], [1, false, 'RequestRefused']);
    assert.deepEqual(run.pendingActivities, []);
  });

  /** The vault cannot be deleted, and each look at its lock finds what is told. */
  const unlocked = async (found: (look: number) => FailureType | undefined): Promise<{ world: World; run: Run }> => {
    let looks = 0;
    const next = (name: string): FailureType | undefined => {
      if (name === 'softDeleteKeyVault') return 'RequestRefused';
      return name === 'relockKeyVault' ? found(looks++) : undefined;
    };
    const world = await worldToDeleteIn({ around: failing(next) });
    const run = await startVaultDeletion(world);
    await answer(world, run);
    await runToRest(world, run);
    return { world, run };
  };

  for (const cause of ['RequestRefused', 'VaultNameTaken', 'DeviceNotFound'] as const) {
    test(`that do not heal (${cause}) do not end the probes of a step that must not be abandoned`, async () => {
      const { world, run } = await unlocked((look) => (['MissingPermission', cause, cause] as const)[look]);
      await world.temporal.runUntil(() => run.searchAttributes['AseFailure'] === cause);
      const { step, heals, abortable } = await blockOf(run);
      assert.deepEqual([step, heals, abortable], ['relockKeyVault', true, false]);
      await world.temporal.runUntil(() => run.searchAttributes['AseBlockedStep'] === 'softDeleteKeyVault');
      assertProtected(world);
    });
  }

  test('that do not heal are probed for two weeks without filling the history', async () => {
    const { world, run } = await unlocked((look) => (['RequestRefused', 'DeviceNotFound'] as const)[look % 2]);
    assert.match(await failedWith(world, run), /^KeyVaultLeftUnlocked: no decision within 14 days/);
    assert.ok(run.historyEvents <= 500, `${run.historyEvents} events`);
  });

  test('that change every week do not keep a vault unlocked: its deadline is that of the first', async () => {
    const stage: { world?: World } = {};
    const next = (name: string): FailureType | undefined => {
      if (name === 'softDeleteKeyVault') return 'RequestRefused';
      if (name !== 'relockKeyVault') return undefined;
      const week = Math.floor((stage.world?.clock.now() ?? 0) / (7 * day));
      return week % 2 === 0 ? 'MissingPermission' : 'CredentialRefused';
    };
    const world = (stage.world = await worldToDeleteIn({ around: failing(next) }));
    const run = await startVaultDeletion(world);
    await answer(world, run);
    await runToRest(world, run);
    const since = world.clock.now();
    assert.match(
      await failedWith(world, run),
      /^KeyVaultLeftUnlocked: no decision within 14 days: .* Causes of the block: (MissingPermission, CredentialRefused|CredentialRefused, MissingPermission)\. Before that, softDeleteKeyVault failed with RequestRefused: /,
    );
    assert.equal(world.clock.now() - since, 14 * day);
  });
});

/** What a worker of another release makes of a step. */
const failingStrangely =
  (step: StepName, failure: ApplicationFailure, times: number) =>
  (activities: Activities): Activities => {
    let failed = 0;
    const activity = activities[step] as (...given: unknown[]) => Promise<unknown>;
    const strange = async (...given: unknown[]): Promise<unknown> => {
      if (failed++ < times) throw failure;
      return activity(...given);
    };
    return { ...activities, [step]: strange };
  };

suite('a failure of a worker of another release', () => {
  const verdict = {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'the lunar administrator',
    remedy: 'Look up.',
  };

  test('of an unknown type keeps its name and its own description', async () => {
    const failure = ApplicationFailure.create({
      type: 'MoonTooFar',
      message: 'it is too far',
      nonRetryable: true,
      details: [{ ...verdict, settled: true, attempts: 1, retryWith: { keyVaultName: 'nearer' } }],
    });
    const world = await createWorld({ around: failingStrangely('ensureKeyVault', failure, 1) });
    const run = await world.generate();
    await runToRest(world, run);
    const block = await blockOf(run);
    assert.deepEqual(
      { ...verdict, failure: block.failure, retryWith: block.retryWith },
      {
        class: block.class,
        heals: block.heals,
        retryHelps: block.retryHelps,
        who: block.who,
        remedy: block.remedy,
        failure: 'MoonTooFar',
        retryWith: { keyVaultName: 'nearer' },
      },
    );
    assert.equal(run.searchAttributes['AseFailure'], 'MoonTooFar');
    await decide(run, { decision: 'abort', failure: 'MoonTooFar' });
    await runToRest(world, run);
    assert.equal(failureOf(run), 'MoonTooFar: aborted by ada: it is too far');
  });

  test('that can never be resolved by its own description ends the procedure under its name', async () => {
    const failure = ApplicationFailure.create({
      type: 'MoonGone',
      message: 'it is gone',
      nonRetryable: true,
      details: [{ ...verdict, class: 'fatal' }],
    });
    const world = await createWorld({ around: failingStrangely('ensureKeyVault', failure, 1) });
    const run = await world.generate();
    await runToRest(world, run);
    assert.equal(failureOf(run), 'MoonGone: it is gone');
  });

  test('without a description blocks, and the step probes by itself whether it is gone', async () => {
    const failure = ApplicationFailure.create({
      type: 'NotFoundError',
      message: 'no such activity',
      nonRetryable: true,
    });
    const world = await createWorld({ around: failingStrangely('ensureKeyVault', failure, 1) });
    const run = await world.generate();
    await world.temporal.runUntil(() => run.searchAttributes['AseBlockedStep'] !== undefined);
    const { failure: type, heals, who } = await blockOf(run);
    assert.deepEqual([type, heals, who], ['NotFoundError', true, 'on call']);
    await runToRest(world, run);
    await world.temporal.runUntil(() => run.outcome !== undefined);
    resultOf(run);
  });

  test('without a description does not fill the history, however often it occurs', async () => {
    const failure = ApplicationFailure.create({
      type: 'NotFoundError',
      message: 'no such activity',
      nonRetryable: true,
    });
    const world = await createWorld({ around: failingStrangely('ensureKeyVault', failure, Infinity) });
    const run = await world.generate();
    await world.temporal.runUntil(() => run.outcome !== undefined);
    assert.match(failureOf(run), /^NotFoundError: no decision within 14 days: no such activity$/);
    assert.ok(run.historyEvents < 500, `${run.historyEvents} events`);
  });
});

suite('a retry by a signal with an invalid input', () => {
  const retried = async (input: unknown) => {
    const world = await createWorld();
    world.azure.control.putStrangersVault({ name: 'a-taken-name' });
    const run = await world.generate({ keyVaultName: 'a-taken-name' });
    await runToRest(world, run);
    await run.signal(decideSignal, decision({ step: 'ensureKeyVault', block: 1, input: input as never }));
    await runToRest(world, run);
    return { world, run };
  };

  for (const [what, input, why] of [
    ['a name that no vault can have', { keyVaultName: 'x'.repeat(100_000) }, /keyVaultName must have 3 to 24/],
    ['a field that the step does not accept', { location: 'x' }, /"location" is not a field/],
    ['an invalid choice', { softDeletedVault: 7 }, /softDeletedVault must be "ask" or "recover"/],
  ] as const) {
    test(`(${what}) runs without input and blocks again, and the next retry works as usual`, async () => {
      const { world, run } = await retried(input);
      const { block, failure, message, heals, retryHelps } = await blockOf(run);
      assert.deepEqual([block, failure, heals, retryHelps], [2, 'InvalidInput', false, true]);
      assert.match(message, why);
      await decide(run, {});
      await runToRest(world, run);
      assert.equal((await blockOf(run)).failure, 'VaultNameTaken');
      assert.ok(JSON.stringify(await status(run)).length < 5000);
      await decide(run, { input: { keyVaultName: 'a-free-name' } });
      await runToRest(world, run);
      assert.equal(resultOf(run).keyVault.name, 'a-free-name');
    });
  }
});
