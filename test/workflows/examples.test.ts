/** Whatever blocks, at whatever step: the decision that is shown with the block is taken when it is pasted. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Activities } from '../../activities/index.ts';
import { hintOf } from '../../cli/hints.ts';
import { blockedError } from '../../client/situation.ts';
import { readConfig } from '../../config.ts';
import { readRetryInput } from '../../domain/inputs.ts';
import { failures, type FailureFacts, type FailureType } from '../../domain/failures.ts';
import { consentSignal, decideUpdate, type Block, type Decision } from '../../workflows/messages.ts';
import { steps, type StepName } from '../../workflows/steps.ts';
import { failing, withoutPatience } from '../harness/failing.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, status, type World } from '../harness/world.ts';
import type { Golden } from '../prove/golden.ts';
import { goldenOf } from '../prove/play.ts';
import { scenarios } from '../prove/scenarios.ts';

const types = Object.keys(failures) as FailureType[];

const undisturbed = (name: string): Promise<Golden> => goldenOf(scenarios.find((scenario) => scenario.name === name)!);

/** A device in use gets its vault back under another name, with its key in it. */
const withKeyRestored = (golden: Golden): Golden => {
  const { attempts } = golden;
  const check = { state: 'as linked', key: { name: 'ase-cik', version: '1' } };
  return {
    ...golden,
    attempts: [
      ...attempts.map((attempt) =>
        attempt.name === 'planRecovery' && 'value' in attempt.ending
          ? { ...attempt, ending: { value: { ...(attempt.ending.value as object), deviceState: 'activated' } } }
          : attempt,
      ),
      { ...attempts[0]!, name: 'checkChannelIntegrityKey', ending: { value: check } },
      { ...attempts[0]!, name: 'moveDeviceLink', ending: { value: undefined } },
    ],
  };
};

/** In these every step is taken that may block; the lock is put back where the deletion of the vault fails. */
const goldens = [
  await undisturbed('generate'),
  await undisturbed('regenerate, superseding'),
  await undisturbed('delete device, keep vault'),
  await undisturbed('delete vault'),
  await undisturbed('recover'),
  await undisturbed('recover, past the window'),
  withKeyRestored(await undisturbed('recover, past the window')),
  await undisturbed('repair'),
];

type Told = { type: FailureType | undefined };

/** Every other step answers what it answered in the undisturbed run, so that nothing of Azure is asked. */
const begin = async ({ beginning, attempts, scenario }: Golden, step: StepName, told: Told, facts: FailureFacts) => {
  const known = new Map(
    attempts.flatMap(({ name, ending }) => ('value' in ending ? [[name, ending.value]] : [])).reverse() as [
      string,
      unknown,
    ][],
  );
  known.set('relockKeyVault', 'locked');
  const answers = (activities: Activities): Activities =>
    Object.fromEntries(
      Object.keys(activities).map((name) => [name, (): Promise<unknown> => Promise.resolve(known.get(name))]),
    ) as unknown as Activities;
  const next = (name: string): FailureType | undefined => {
    if (step === 'relockKeyVault' && name === 'softDeleteKeyVault') return 'RequestRefused';
    return name === step ? told.type : undefined;
  };
  const around = (activities: Activities) => withoutPatience(failing(next, facts)(answers(activities)));
  const world = await createWorld({ from: beginning, around });
  return { world, run: await scenario.start(world) };
};

const untilBlocked = async (world: World, run: Run, word: 'delete-vault' | 'keep-vault' | undefined): Promise<void> => {
  for (;;) {
    await world.temporal.runUntil(
      () =>
        run.outcome !== undefined ||
        run.searchAttributes['AseBlockedStep'] !== undefined ||
        run.searchAttributes['AsePhase'] === 'consent',
    );
    const { consent } = run.outcome ? {} : await status(run);
    if (!consent) return;
    const { keyVaultName, inventory } = consent;
    await run.signal(consentSignal, { decision: word ?? 'keep-vault', keyVaultName, inventory, by: 'ada' });
  }
};

/** As the timeline shows it. */
const exampleOf = (run: Run): Decision => {
  const summary = run.pendingTimers.map(({ summary }) => summary ?? '').find((text) => text.startsWith('BLOCKED '));
  const [, message = ''] = /decide" (\{.*\})$/.exec(summary ?? '') ?? [];
  return JSON.parse(message) as Decision;
};

const assertFits = (block: Block, { decision, input }: Decision, type: FailureType): void => {
  const { retryHelps } = failures[type];
  for (const field of Object.keys(input ?? {})) assert.ok(block.accepts.includes(field), `${field} is taken`);
  if (!block.abortable) assert.equal(decision, 'retry', 'nothing else is taken');
  else if (!retryHelps && !input) assert.equal(decision, 'abort', 'a retry cannot help');
  else assert.equal(decision, 'retry');
};

const config = readConfig({ TEMPORAL_CONFIG_FILE: 'none' });

/** What the command line proposes of a block: each would be taken as well. */
const assertCommands = (world: World, block: Block): void => {
  const commands = hintOf(blockedError(world.device(), block), config)
    .split('\n')
    .filter((line) => / ase blocked /.test(line));
  assert.ok(commands.length > 0);
  for (const command of commands) {
    if (/ blocked skip /.test(command)) assert.ok(block.skippable, command);
    if (/ blocked abort /.test(command)) assert.ok(block.abortable, command);
    const [, input] = /--input '(\{.*\})'/.exec(command) ?? [];
    if (input !== undefined) assert.doesNotThrow(() => readRetryInput(JSON.parse(input), block.accepts), command);
  }
};

/** All that any failure proposes to change. */
const proposals: FailureFacts = { retryWith: { keyVaultName: 'another-name', softDeletedVault: 'recover' } };

const pasteAll = async (golden: Golden, step: StepName, facts: FailureFacts): Promise<number> => {
  const told: Told = { type: undefined };
  const { word } = golden.scenario;
  let stage: Awaited<ReturnType<typeof begin>> | undefined;
  let pasted = 0;
  for (const type of types) {
    told.type = type;
    stage ??= await begin(golden, step, told, facts);
    const { world, run } = stage;
    await untilBlocked(world, run, word);
    if (run.outcome) {
      assert.equal(failures[type].class, 'fatal', `${type} blocks ${step}: ${JSON.stringify(run.outcome)}`);
      stage = undefined;
      continue;
    }
    const block = await blockOf(run);
    assert.deepEqual([block.step, block.failure], [step, type]);
    const example = exampleOf(run);
    assertFits(block, example, type);
    assertCommands(world, block);
    const { result } = await run.update(decideUpdate, example);
    // The retry finds the next type, and what follows an abort is of no matter here.
    assert.deepEqual(await result, { block: block.block }, `${type} at ${step}: ${JSON.stringify(example)}`);
    pasted += 1;
    if (example.decision === 'abort') stage = undefined;
  }
  return pasted;
};

const mayBlock = ({ attempts, scenario }: Golden): StepName[] => {
  const names = [...new Set(attempts.map(({ name }) => name as StepName))];
  const onlyTried: readonly string[] = ['beginAuditStorage', 'observeAuditRecord', 'readKeyVaultLock'];
  return [...names, ...(scenario.name === 'delete vault' ? (['relockKeyVault'] as const) : [])].filter(
    (name) => !onlyTried.includes(name) && !(name === 'readPosture' && scenario.name.startsWith('recover')),
  );
};

const seen = new Set<StepName>();

suite('the decision that is shown is accepted, whatever blocks:', () => {
  for (const golden of goldens) {
    for (const step of mayBlock(golden).filter((name) => !seen.has(name))) {
      seen.add(step);
      test(`${step}, with every possible input proposed`, async () => {
        assert.ok((await pasteAll(golden, step, proposals)) >= 25);
      });

      if (!steps[step].accepts) continue;
      test(`${step}, without a proposed input`, async () => {
        assert.ok((await pasteAll(golden, step, {})) >= 25);
      });
    }
  }

  test('at every step that may block', () => {
    const never: StepName[] = ['beginAuditStorage', 'observeAuditRecord', 'readActivationPreview', 'readKeyVaultLock'];
    const missing = (Object.keys(steps) as StepName[]).filter((step) => !seen.has(step) && !never.includes(step));
    assert.deepEqual(missing, []);
  });
});
