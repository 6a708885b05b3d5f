/** What a workflow of an earlier release has done, today's code would do again: nothing that runs may be broken by a deployment. */
import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { failures } from '../../domain/failures.ts';
import * as procedures from '../../workflows/index.ts';
import { steps } from '../../workflows/steps.ts';
import { bundleForTests } from '../harness/temporal/index.ts';
import { leavesOf } from '../server/find-secrets.ts';
import { bundleChanged, flippedTable, strictLimits, type Change } from './changed-workflows.ts';
import { scenes } from './scenes.ts';
import { readHistory, recordedNames, type History } from './store.ts';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

type Recording = { name: string; history: History };

const recordings: Recording[] = [];
for (const name of await recordedNames()) recordings.push({ name, history: await readHistory(name) });

/** A workflow knows its id, and a procedure takes no other. */
const idOf = ({ events }: History): string => events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? '';

type Broken = { name: string; error: Error };

/** The recordings that do not replay, one after the other. */
async function* replay(code: string): AsyncGenerator<Broken> {
  const names = new Map(recordings.map(({ name, history }) => [idOf(history), name]));
  const histories = recordings.map(({ history }) => ({ workflowId: idOf(history), history }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories)) {
    if (error) yield { name: names.get(workflowId) ?? workflowId, error };
  }
}

const replayAll = (code: string): Promise<Broken[]> => Array.fromAsync(replay(code));

suite('a recorded history', () => {
  let failures: Map<string, Error>;
  before(async () => {
    const broken = await replayAll(await bundleForTests());
    failures = new Map(broken.map(({ name, error }) => [name, error]));
  });

  for (const { name } of recordings) {
    test(`${name} replays`, () => {
      assert.equal(failures.get(name)?.message, undefined);
    });
  }
});

suite('every recorded history replays', () => {
  const rules: [what: string, changes: readonly Change[]][] = [
    ['with any table of failures', flippedTable],
    ['with any limits of texts and names', strictLimits],
  ];
  for (const [what, changes] of rules) {
    test(what, async () => {
      const broken = await replayAll(await bundleChanged(...changes));
      assert.deepEqual(
        broken.map(({ name, error }) => `${name}: ${error.message}`),
        [],
      );
    });
  }
});

suite('the recordings', () => {
  test('are of all scenes, and of no others', () => {
    assert.deepEqual(
      recordings.map(({ name }) => name),
      scenes.map(({ name }) => name).sort(),
    );
  });

  test('contain every procedure and every step', () => {
    const events = recordings.flatMap(({ history }) => history.events ?? []);
    const started = events.map((event) => event.workflowExecutionStartedEventAttributes?.workflowType?.name);
    const scheduled = events.map((event) => event.activityTaskScheduledEventAttributes?.activityId);
    const missing = [
      ...Object.keys(procedures).filter((name) => !started.includes(name)),
      ...Object.keys(steps).filter((name) => !scheduled.includes(name)),
    ];
    assert.deepEqual(missing, []);
  });

  test('contain every type of failure, as an activity of a worker reported it', () => {
    const told = recordings
      .flatMap(({ history }) => history.events ?? [])
      .map((event) => event.activityTaskFailedEventAttributes?.failure?.applicationFailureInfo?.type);
    assert.deepEqual(
      Object.keys(failures).filter((type) => !told.includes(type)),
      [],
    );
  });

  test('contain nothing that looks like a key: no PEM, no DER, and no long word except names and hexadecimal', () => {
    for (const { name, history } of recordings) {
      const text = leavesOf(history).toString('latin1');
      assert.doesNotMatch(text, /-----BEGIN|\bMII[A-Za-z0-9+/]/, name);
      const words = text.match(/[A-Za-z0-9+/=_]{44,}/g) ?? [];
      const odd = words.filter((word) => word.split('/').some((part) => part.length >= 44 && !/^([0-9a-f]+|[A-Za-z]+)$/.test(part)));
      assert.deepEqual(odd, [], name);
    }
  });
});

const replayFailsWith = async (...changes: readonly Change[]): Promise<void> => {
  for await (const { error } of replay(await bundleChanged(...changes))) {
    assert.match(error.message, /TMPRL1100/);
    return; // One is enough to hold up a release.
  }
  assert.fail('no recording tells');
};

/** Mistakes that somebody may make. */
const mistakes: (Change & { what: string })[] = [
  {
    what: 'two steps are swapped',
    file: 'workflows/generate-activation-key.ts',
    from: /(const registered = [^;]+;)[^;]+(const submission = [^;]+;)/,
    to: '$2 $1',
  },
  {
    what: 'a step is omitted',
    file: 'workflows/generate-activation-key.ts',
    from: /await lock\.put\([^;]+;/,
    to: '',
  },
  {
    what: 'a step is added',
    file: 'workflows/delete-device.ts',
    from: /desk\.deviceGoes\(\);/,
    to: "desk.deviceGoes(); await step('planDeviceDeletion', input);",
  },
  {
    what: 'an activity gets another id',
    file: 'workflows/activity.ts',
    from: /activityId: name/,
    to: 'activityId: `its-${name}`',
  },
  {
    what: 'a signal is ignored because of the length of its texts',
    file: 'workflows/decisions.ts',
    from: /\|\| by === ''/,
    to: '|| by.length > 200',
  },
  {
    what: 'a blocked step no longer waits for a decision',
    file: 'workflows/step.ts',
    from: /const \{ by, failure, causes \} = await block\(failed, terms\);/,
    to: `const end = await runActivity(failed.step, failed.input, steps[failed.step].policy);
      const { by, failure, causes } = { by: { end }, failure: failed.failure, causes: [] };`,
  },
];

suite('replay fails when', () => {
  for (const { what, ...change } of mistakes) {
    test(what, () => replayFailsWith(change));
  }

  test('a workflow follows the table of failures, and the table changes', () =>
    replayFailsWith(
      ...flippedTable,
      { file: 'workflows/failure.ts', from: /^import type/m, to: "import { failures } from '../domain/failures.ts';\nimport type" },
      {
        file: 'workflows/failure.ts',
        from: /\.\.\.readDetails\(([^)]+)\),/,
        to: '...readDetails($1), ...(failures as Record<string, object>)[cause.type!],',
      },
    ));

  for (const [what, file, from, to] of [
    ['a decision', 'workflows/decisions.ts', /takeDecision\(message\) as Decision/, 'readOrThrow(() => readDecision(message))'],
    ['a consent', 'workflows/consent.ts', /takeConsent\(message\) as Consent/, 'readOrThrow(() => readConsent(message))'],
    ['a start input', 'workflows/generate-activation-key.ts', /accept\(input\);/, 'readActivationInput(input); accept(input);'],
  ] as const) {
    const imports = { file, from: /^import type/m, to: "import { readActivationInput } from '../domain/inputs.ts';\nimport type" };
    test(`${what} that was accepted is judged again, and limits change`, () =>
      replayFailsWith(...strictLimits, { file, from, to }, ...(what === 'a start input' ? [imports] : [])));
  }
});
