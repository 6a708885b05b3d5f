/** What is wrong with a set-up is named, each with its remedy, and nothing else is. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Check } from '../../cli/diagnosis.ts';
import { judgeClock, judgeBuilds, judgeServer } from '../../cli/diagnose-setup.ts';
import { hasKnownHoles } from '../../client/temporal.ts';
import { findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { startTemporalServer } from '../../scripts/stack/temporal-server.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { nowhere, runAse } from './ase.ts';

const parts = ['Temporal', 'namespace', 'search attributes', 'worker', 'versions', 'Azure', 'clock', 'Azure sign-in'];

type Examined = { code: number; wrong: string[]; remedyOf: (check: string) => string | undefined; checks: Check[] };

const examine = async (env: NodeJS.ProcessEnv, commandLine = 'doctor'): Promise<Examined> => {
  const { code, stdout, stderr } = await runAse(`${commandLine} -o json`, env);
  assert.ok(stdout, stderr);
  const checks = JSON.parse(stdout) as Check[];
  return {
    code,
    checks,
    wrong: checks
      .filter(({ state }) => state !== 'ok' && state !== 'info')
      .map(({ check, state, detail }) => `${state} ${check}: ${detail}`),
    remedyOf: (wanted) => checks.find(({ check }) => check === wanted)?.remedy,
  };
};

/** Puts the clock of a program ten minutes ahead of everybody else's. */
const ahead = '--import=data:text/javascript,const{now}=Date;Date.now=()=>now()+600000';

suite('ase doctor', { concurrency: 2 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  test('finds no fault', async () => {
    const { code, wrong, checks } = await examine(stack.operatorEnv);
    assert.deepEqual([code, wrong], [0, []]);
    assert.deepEqual(
      checks.map(({ check }) => check),
      parts,
    );
  });

  test('prints links into the web UI on a terminal', async () => {
    const { stderr } = await runAse('doctor -o table', { ...stack.operatorEnv, ASE_TEMPORAL_UI: 'http://ui:8080' });
    assert.match(
      stderr,
      /^ +blocked +http:\/\/ui:8080\/namespaces\/default\/workflows\?query=AseBlockedStep%20IS%20NOT%20NULL/m,
    );
    assert.match(stderr, /^ +waiting for consent +http/m);
    assert.match(stderr, /^ +keys expiring within 24 h +http\S+AseKeyExpiry%20BETWEEN/m);
  });

  test('names a missing namespace', async () => {
    const { code, remedyOf, wrong } = await examine({ ...stack.operatorEnv, TEMPORAL_NAMESPACE: 'elsewhere' });
    assert.ok(wrong.some((line) => /^failed namespace: .* has no namespace "elsewhere"/.test(line)));
    assert.match(remedyOf('namespace') ?? '', /TEMPORAL_NAMESPACE.*temporal operator namespace list/);
    assert.equal(code, 4);
  });

  test('names a task queue without a worker', async () => {
    const { code, remedyOf, wrong } = await examine({ ...stack.operatorEnv, ASE_TASK_QUEUE: 'of-nobody' });
    assert.deepEqual(wrong, ['failed worker: no worker polls the task queue "of-nobody"']);
    assert.match(remedyOf('worker') ?? '', /ase-worker.*same ASE_TASK_QUEUE/);
    assert.equal(code, 4);
  });

  test('names a clock with an error of ten minutes', async () => {
    const { code, remedyOf, wrong } = await examine({ ...stack.operatorEnv, NODE_OPTIONS: ahead });
    assert.equal(wrong.length, 1);
    assert.match(wrong[0] ?? '', /^failed clock: this machine's clock is (599|60\d) s ahead of Azure's/);
    assert.match(remedyOf('clock') ?? '', /timedatectl/);
    assert.equal(code, 1);
  });

  test('names a wrong client secret', async () => {
    const { code, remedyOf } = await examine({ ...stack.operatorEnv, AZURE_CLIENT_SECRET: 'wrong' });
    assert.match(remedyOf('Azure sign-in') ?? '', /AZURE_CLIENT_SECRET is not a secret of AZURE_CLIENT_ID/);
    assert.equal(code, 4);
  });

  test('requires a group with --rights, and --rights with a group', async () => {
    assert.equal((await runAse('doctor --rights', stack.operatorEnv)).code, 2);
    assert.equal((await runAse('doctor -g edge-rg', stack.operatorEnv)).code, 2);
  });
});

suite('ase doctor, while something is missing', { concurrency: 1 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  const ofDevice = 'doctor --rights -g edge-rg -n edge-1';

  test('finds no fault in a worker that has its rights and providers', async () => {
    await stack.ase.result(await stack.ase.start({ deviceId: stack.device('edge-2').id }));
    const { code, wrong, checks } = await examine(stack.operatorEnv, ofDevice);
    assert.deepEqual([code, wrong], [0, []]);
    assert.ok(checks.some(({ check, detail }) => check === 'worker: activation' && /all 13 rights/.test(detail)));
    assert.ok(checks.some(({ check, detail }) => check === 'you: vault deletion' && /just in time/.test(detail)));
    const news = checks.find(({ check }) => check === 'you: activation');
    assert.equal(news?.state, 'info');
    assert.match(news.detail, /^not needed to request a key \(the worker does this\); you hold \d+ of 13$/);
  });

  test('names a right that the worker lacks, for any caller and for the worker itself', async () => {
    const { azure, operatorEnv, workerEnv } = stack;
    const lockRight = { principal: 'worker', action: 'Microsoft.Authorization/locks/write' };
    azure.control.takeRight(lockRight);
    const asked = await examine(operatorEnv, ofDevice);
    assert.match(
      asked.wrong.join('\n'),
      /^failed worker: activation: 12 of 13 rights are held on \S+edge-rg; missing: \S+\/locks\/write$/m,
    );
    assert.match(asked.remedyOf('worker: activation') ?? '', /roles\/activate\.json/);
    const itself = await examine(workerEnv, 'doctor --rights -g edge-rg');
    assert.match(
      itself.wrong.join('\n'),
      /^failed you: activation: 12 of 13 rights are held on \S+edge-rg; missing: \S+\/locks\/write$/m,
    );
    assert.deepEqual([asked.code, itself.code], [1, 1]);
    azure.control.giveBackRight(lockRight);
  });

  test('names excess rights of a worker, and reports those of a person', async () => {
    const { azure, operatorEnv, workerEnv } = stack;
    const alone = 'doctor --rights -g edge-rg';
    const found = ({ checks }: Examined) => checks.find(({ check }) => check === 'you: beyond all roles');
    assert.match(found(await examine(workerEnv, alone))?.detail ?? '', /^nothing more is held on \S+edge-rg$/);
    for (const [role, what] of [
      ['Storage Blob Data Reader', 'Microsoft.Storage/storageAccounts/blobServices/containers/read, \\S+/action'],
      ['Owner', 'everything \\(\\*\\)'],
    ] as const) {
      azure.control.assignRole({ principal: 'worker', role });
      const { state, detail } = found(await examine(workerEnv, alone)) ?? {};
      azure.control.unassignRole({ principal: 'worker', role });
      assert.equal(state, 'warning');
      assert.match(detail ?? '', new RegExp(`^also held on \\S+edge-rg: ${what}$`));
    }
    const asked = found(await examine(operatorEnv, ofDevice));
    assert.deepEqual([asked?.state, asked?.detail.split(': ').at(-1)], ['ok', '*/read']);
  });

  test('names a resource provider that is not registered', async () => {
    stack.azure.control.neverRegister({ namespace: 'Microsoft.Insights' });
    const { code, remedyOf } = await examine(stack.workerEnv, 'doctor --rights -g edge-rg');
    assert.match(remedyOf('resource providers') ?? '', /az provider register --namespace Microsoft\.Insights/);
    assert.equal(code, 0);
  });

  test('names an expired client secret', async () => {
    const { operator } = stack.azure.principals;
    operator.secretExpiresOn = stack.azure.now() - 1;
    const { code, wrong, remedyOf } = await examine(stack.operatorEnv);
    assert.match(wrong.join('\n'), /^failed Azure sign-in: .*AADSTS7000222/m);
    assert.match(remedyOf('Azure sign-in') ?? '', /expired.*az ad app credential reset.*AZURE_CLIENT_SECRET/);
    assert.equal(code, 4);
  });
});

test('ase doctor names unregistered search attributes and a missing worker', async () => {
  const binary = await findTemporalBinary(process.env, console.error);
  const server = await startTemporalServer({ binary, ui: false, searchAttributes: { AsePhase: 'Keyword' } });
  try {
    const env = { ...nowhere, TEMPORAL_ADDRESS: server.address, ASE_ARM_ENDPOINT: 'https://management.localhost:1' };
    const { wrong, remedyOf, code } = await examine(env);
    assert.match(wrong.join('\n'), /^failed search attributes: not registered: AseDevice, AseBlockedStep/m);
    assert.match(remedyOf('search attributes') ?? '', /temporal operator search-attribute create .*--name AseDevice/);
    assert.match(wrong.join('\n'), /^failed worker: no worker polls the task queue "ase"/m);
    assert.equal(code, 4);
  } finally {
    await server.stop();
  }
});

suite('the doctor judges', () => {
  test('servers with known security holes', () => {
    const holes = ['1.24.2', '1.27.3', '1.28.1', '1.29.4', '1.30.2'];
    const sound = ['1.27.4', '1.28.2', '1.29.5', '1.30.3', '1.31.0', '1.32.0', '2.0.0', 'cloud'];
    assert.deepEqual(holes.filter(hasKnownHoles), holes);
    assert.deepEqual(sound.filter(hasKnownHoles), []);
    assert.match(judgeServer('1.29.4', 'temporal:7233').remedy ?? '', /1\.29\.5.*1\.30\.3/);
    assert.equal(judgeServer('1.29.5', 'temporal:7233').remedy, undefined);
  });

  test('workers with different code, and of another release', () => {
    const worker = (build: string) => ({ identity: 'one', build });
    const same = worker('@temporalio/worker@1.24.0+abc');
    assert.equal(judgeBuilds([same, same], '1.24.0').remedy, undefined);
    assert.match(judgeBuilds([same], '1.25.0').remedy ?? '', /the same release/);
    const other = worker('@temporalio/worker@1.24.0+def');
    assert.match(judgeBuilds([same, other], '1.24.0').remedy ?? '', /Stop the older workers/);
    assert.equal(judgeBuilds([], '1.24.0').remedy, undefined);
  });

  test('clocks', () => {
    const azure = Date.UTC(2026, 0, 1);
    assert.deepEqual(judgeClock(azure - 29_000, azure), { detail: "29 s behind Azure's" });
    assert.match(judgeClock(azure + 31_000, azure).remedy ?? '', /timedatectl/);
    assert.throws(() => judgeClock(azure + 301_000, azure), /301 s ahead of Azure's/);
    assert.equal(judgeClock(azure, undefined).remedy, undefined);
  });
});
