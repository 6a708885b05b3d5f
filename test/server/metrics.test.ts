/** What people who watch a worker see: its Prometheus endpoint and its log, after real operations. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { WorkflowFailedError } from '@temporalio/client';
import { parse } from 'yaml';
import { metrics, type Metric } from '../../domain/metrics.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { taskQueue } from '../../scripts/stack/environment.ts';
import { freePorts } from '../../scripts/stack/free-ports.ts';
import { searchAttributes } from '../../workflows/search-attributes.ts';
import { findSecrets } from './find-secrets.ts';
import { selectorsIn } from './promql.ts';
import { scrape, valueOf, type Series } from './scrape.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

const ours: Metric[] = Object.values(metrics);
const ofWorkflows = ['workflowType', 'namespace', 'taskQueue'];
/** Labels that Prometheus itself puts on what it reads. */
const ofPrometheus = ['instance', 'job'];

const readDoc = (file: string): Promise<string> =>
  readFile(new URL(`../../docs/monitoring/${file}`, import.meta.url), 'utf8');

type Rules = { groups: { rules: { alert: string; expr: string }[] }[] };
type Dashboard = { panels: { title: string; targets: { expr: string }[] }[] };

const queries = [
  ...(parse(await readDoc('alerts.yml')) as Rules).groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, expr }) => [`the alert ${alert}`, expr] as const),
  ...(JSON.parse(await readDoc('dashboard.json')) as Dashboard).panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }, index) => [`query ${index + 1} of the panel "${title}"`, expr] as const),
  ),
];

const steps = [
  'planActivation',
  'registerProviders',
  'beginAuditStorage',
  'ensureKeyVault',
  'lockKeyVault',
  'awaitAuditStorage',
  'ensureDiagnosticSetting',
  'grantAccess',
  'ensureChannelIntegrityKey',
  'linkDevice',
  'issueActivationKey',
];

const hour = 3_600_000;

suite('a monitored worker', { concurrency: 1 }, () => {
  let stack: Stack;
  let address: string;
  let keyVaultName: string;
  const now = (): Promise<{ text: string; series: Series[] }> => scrape(address);
  const untilGauge = (what: string, value: number, labels = {}): Promise<unknown> =>
    until(`${what} is ${value}`, async () => valueOf((await now()).series, what, labels) === value);
  const isBlocked = async (name: string): Promise<boolean> =>
    (await stack.ase.status({ deviceId: stack.device(name).id })).blocked !== undefined;

  before(async () => {
    stack = await openStack();
    const { ase, client, azure, device, worker, workerEnv } = stack;
    // A first worker leaves these behind and is killed: the one that is watched has done none of it.
    await ase.start({ deviceId: device('edge-5').id });
    await until('a device without an identity blocks', () => isBlocked('edge-5'));
    await endLeftUnlocked(stack);
    await worker.kill();
    await terminateUnlocked(stack, 'relockKeyVault', 'deleteKeyVault');
    await terminateUnlocked(stack, 'lockKeyVault', 'recoverKeyVault');
    await terminateUnlocked(stack, 'lockKeyVault', 'generateActivationKey');
    await expiringKey(stack, 'superseded', 3);
    await client.workflow.getHandle('ase:superseded').terminate();
    await expiringKey(stack, 'superseded', 60);
    await expiringKey(stack, 'alone', 3);

    address = `127.0.0.1:${(await freePorts(1)).join()}`;
    workerEnv['ASE_METRICS_ADDRESS'] = address;
    await worker.start();
    const action = { status: 429, code: 'TooManyRequests', message: 'Not now.', headers: { 'retry-after': '1' } };
    azure.control.addFault({ host: /\.vault\./, method: 'PUT', times: 1, action });
    azure.control.addFault({ path: /\/storageAccounts\/[^/]+$/, method: 'PUT', times: 1, action });
    await ase.generateActivationKey({ deviceId: device().id });
    keyVaultName = (await ase.result({ deviceId: device().id, procedure: 'generateActivationKey' })).keyVault.name;
  });
  after(() => stack.close());

  test('counts each step of an activation once, as started and as completed', async () => {
    const { series } = await now();
    const counted = (name: string, labels = {}) => steps.map((step) => valueOf(series, name, { step, ...labels }));
    assert.deepEqual(
      counted('ase_steps_started_total'),
      steps.map(() => 1),
    );
    assert.deepEqual(
      counted('ase_steps_ended_total', { outcome: 'done', failure: 'none' }),
      steps.map(() => 1),
    );
    assert.deepEqual(
      counted('ase_step_duration_seconds_count', { outcome: 'done' }),
      steps.map(() => 1),
    );
  });

  test('counts the key and its lifetime', async () => {
    const { series } = await now();
    assert.equal(valueOf(series, 'ase_key_lifetime_seconds_count'), 1);
    const days = (valueOf(series, 'ase_key_lifetime_seconds_sum') ?? 0) / 86_400;
    assert.ok(days > 2.9 && days <= 3, `${days} days`);
  });

  test('counts calls by service, and the calls that Azure throttled', async () => {
    const { series } = await now();
    const calls = series.filter(({ name }) => name === 'ase_azure_calls_total');
    const arm = ['arm', 'arm-authorization', 'arm-databoxedge', 'arm-insights', 'arm-keyvault', 'arm-storage'];
    assert.deepEqual(new Set(calls.map(({ labels }) => labels['service'])), new Set([...arm, 'login', 'vault']));
    const refused = calls.filter(({ labels }) => labels['status'] === '429');
    assert.deepEqual(
      refused
        .map(({ labels: { service, method }, value }) => ({ service, method, value }))
        .toSorted((one, other) => (one.service ?? '').localeCompare(other.service ?? '')),
      [
        { service: 'arm-storage', method: 'PUT', value: 1 },
        { service: 'vault', method: 'PUT', value: 1 },
      ],
    );
    for (const step of ['beginAuditStorage', 'ensureChannelIntegrityKey']) {
      assert.equal(valueOf(series, 'ase_attempts_failed_total', { step, failure: 'Throttled' }), 1, step);
    }
    assert.equal(valueOf(series, 'ase_azure_budget_refusals_total', { budget: 'storage writes' }), 1);
  });

  test('shows blocks from before its start, and the other gauges', async () => {
    await untilGauge('ase_blocked', 1, { step: 'planActivation', failure: 'IdentityDisabled' });
    const { series } = await now();
    // A new vault that could not be locked holds nothing.
    assert.equal(valueOf(series, 'ase_vaults_left_unlocked'), 3);
    // Of three keys one has a successor, and the key of edge-1 lives for three days.
    assert.equal(valueOf(series, 'ase_keys_expiring'), 1);
  });

  test('changes the series of its step and failure when a device blocks, and no other series of blocked steps', async () => {
    const before = (await now()).series.filter(isOfBlocks);
    const { ase, azure, device } = stack;
    azure.control.putStrangersVault({ name: defaultKeyVaultName(device('edge-2')) });
    await ase.start({ deviceId: device('edge-2').id });
    const labels = { step: 'ensureKeyVault', failure: 'VaultNameTaken' };
    await untilGauge('ase_blocked', 1, labels);
    const blocks = (await now()).series.filter(isOfBlocks);
    assert.equal(valueOf(blocks, 'ase_blocks_total', labels), 1);
    assert.equal(blocks.length, before.length + 2);
    for (const each of before) assert.equal(valueOf(blocks, each.name, each.labels), each.value);
  });

  for (const [what, query] of queries) {
    test(`has every metric and label that ${what} requires`, async () => {
      const { series } = await now();
      for (const { metric, labels } of selectorsIn(query)) {
        const found = series.filter(({ name }) => name === metric);
        assert.ok(found.length > 0, `there is no ${metric}`);
        const known = new Set([...ofPrometheus, ...found.flatMap((each) => Object.keys(each.labels))]);
        assert.deepEqual(
          labels.filter((label) => !known.has(label)),
          [],
        );
      }
    });
  }

  test('has all metrics of ours, with the labels of the table and no others', async () => {
    const { series } = await now();
    const labelsOf = (name: string) =>
      series
        .filter((each) => each.name === name || each.name === `${name}_count`)
        .map(({ labels }) => Object.keys(labels).filter((label) => !ofWorkflows.includes(label)));
    for (const { name, labels } of ours) {
      const found = labelsOf(name);
      assert.ok(found.length > 0, `there is no ${name}`);
      for (const each of found) assert.deepEqual(each.sort(), [...labels].sort(), name);
    }
    const known = ours.flatMap(({ name }) => [name, ...['bucket', 'sum', 'count'].map((part) => `${name}_${part}`)]);
    const others = series.filter(({ name }) => name.startsWith('ase_') && !known.includes(name));
    assert.deepEqual(others, []);
  });

  test('names no device, group, subscription, vault or principal in any label', async () => {
    const { text } = await now();
    const { subscriptionId, resourceGroup } = stack.device();
    const { operator, worker } = stack.azure.principals;
    const names = ['edge-1', 'edge-2', 'edge-5', resourceGroup, subscriptionId, keyVaultName];
    for (const name of [...names, operator.objectId, worker.objectId]) {
      assert.ok(!text.includes(name), `${name} is on the endpoint`);
    }
  });

  test('contains no secret of the vault', async () => {
    const { secrets = {} } = stack.azure.state.vaults[keyVaultName] ?? {};
    const values = Object.entries(secrets).map(([name, { versions }]) => [name, versions.at(-1)?.value ?? '']);
    assert.equal(values.length, 2);
    const { text } = await now();
    assert.deepEqual(findSecrets({ endpoint: text }, Object.fromEntries(values) as Record<string, string>), []);
  });

  test('does not count a block again when it resumes an operation from its history', async () => {
    const labels = { step: 'planActivation', failure: 'IdentityDisabled' };
    await stack.ase.decide({
      deviceId: stack.device('edge-5').id,
      step: 'planActivation',
      decision: 'abort',
      by: 'ada',
    });
    await untilGauge('ase_blocked', 0, labels);
    const { series } = await now();
    assert.equal(valueOf(series, 'ase_steps_ended_total', { ...labels, outcome: 'failed' }), 1);
    assert.equal(valueOf(series, 'ase_blocks_total', labels), undefined);
    assert.equal(valueOf(series, 'ase_blocked', { failure: 'VaultNameTaken' }), 1);
  });

  test('writes one line for each completed step, each block and each decision, and none for a retry', async () => {
    const lines = (await stack.worker.log()).split('\n').filter((line) => line.startsWith('{'));
    const told = lines.map((line) => JSON.parse(line) as { msg: string; device?: string; step?: string });
    const linesOf = (name: string, msg: string) =>
      told.filter((each) => each.msg === msg && each.device?.endsWith(`/${name}`)).map(({ step }) => step);
    assert.deepEqual(linesOf('edge-1', 'step done'), steps);
    assert.deepEqual(linesOf('edge-2', 'step blocked'), ['ensureKeyVault']);
    assert.deepEqual(linesOf('edge-5', 'step blocked'), ['planActivation']);
    assert.deepEqual(linesOf('edge-5', 'decision'), ['planActivation']);
    assert.deepEqual(linesOf('edge-5', 'step failed'), ['planActivation']);
    assert.deepEqual(
      told.filter(({ msg }) => msg === 'Activity failed'),
      [],
    );
  });

  test('reports each unreadable gauge once, and ends cleanly while Temporal is unavailable', async () => {
    const { temporal, worker } = stack;
    const told = async (): Promise<string[]> =>
      (await worker.log())
        .split('\n')
        .filter((line) => line.includes('cannot read a gauge from Temporal'))
        .map((line) => (JSON.parse(line) as { gauge: string }).gauge);
    await temporal.kill();
    await until('each look fails', async () => (await told()).length >= 3);
    assert.deepEqual(await worker.stop(), { code: 0, signal: null });
    assert.deepEqual((await told()).sort(), ['ase_blocked', 'ase_keys_expiring', 'ase_vaults_left_unlocked']);
  });
});

const isOfBlocks = ({ name }: Series): boolean => name === 'ase_blocks_total' || name === 'ase_blocked';

/** An operation, for a queue that nobody polls, that ended with a key: Temporal's list is all that the worker reads. */
const expiringKey = async ({ client }: Stack, name: string, hours: number): Promise<void> => {
  await client.workflow.start('generateActivationKey', {
    taskQueue: 'nobody',
    workflowId: `ase:${name}`,
    typedSearchAttributes: [{ key: searchAttributes.keyExpiry, value: new Date(Date.now() + hours * hour) }],
  });
};

/** The deadline after which a vault is given up is 14 days: this one is refused, and bears the mark from its start. */
const endLeftUnlocked = async ({ client }: Stack): Promise<void> => {
  const ended = client.workflow.execute('deleteKeyVault', {
    taskQueue,
    workflowId: 'ase:left-unlocked',
    args: [{}],
    typedSearchAttributes: [{ key: searchAttributes.failure, value: 'KeyVaultLeftUnlocked' }],
  });
  await assert.rejects(ended, WorkflowFailedError);
};

/** Somebody terminates what waits for the right to put a lock on. */
const terminateUnlocked = async ({ client }: Stack, blockedStep: string, procedure: string): Promise<void> => {
  const handle = await client.workflow.start(procedure, {
    taskQueue: 'nobody',
    workflowId: `ase:${procedure}`,
    typedSearchAttributes: [{ key: searchAttributes.blockedStep, value: blockedStep }],
  });
  await handle.terminate('it cannot be aborted');
};
