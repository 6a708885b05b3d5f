/** Keys live in the vault and in a worker's memory. They are looked for everywhere else, in every spelling. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { activationKeySecretName } from '../../domain/names.ts';
import { readActivationKey } from '../../local-azure/device/activation-key.ts';
import { checkout } from '../../scripts/stack/local-files.ts';
import { findSecrets, leavesOf, type Places, type Secrets } from './find-secrets.ts';
import { historyOf } from './history.ts';
import { privateKeyIn } from './private-key.ts';
import { runNode, type Ended } from './programs.ts';
import { takeName } from './scenarios.ts';
import { openStack, type Stack } from './stack.ts';
import { serverStage } from './stages.ts';

/** Requests that carry secrets or ask for them; each fails once, so that there are failures to look into. */
const failing = [
  { method: 'PUT', path: '/secrets/ase-cik-' },
  { method: 'POST', path: '/generateCertificate' },
  { method: 'POST', path: '/uploadCertificate' },
  { method: 'PUT', path: `/secrets/${activationKeySecretName}` },
];

suite('the keys of an activation', () => {
  let stack: Stack;
  let secrets: Secrets;
  let snapshots: Snapshots;
  const outputs: Places = {};

  before(async () => {
    stack = await openStack({ logLevel: 'trace' });
    const { azure } = stack;
    const device = stack.device('edge-1');
    for (const call of failing) {
      azure.control.addFault({ ...call, times: 1, action: { status: 503, code: 'ServerBusy' } });
    }
    const generating = ase(stack, 'key', 'generate', ...named(device));
    snapshots = await takeSnapshots(stack, device, generating);
    keep(outputs, 'ase key generate', await generating);
    keep(outputs, 'ase status', await ase(stack, 'status', ...named(device), '-o', 'json'));
    await block(stack, stack.device('edge-2'));
    keep(outputs, 'ase blocked list', await ase(stack, 'blocked', 'list'));
    keep(outputs, 'ase doctor', await ase(stack, 'doctor'));
    secrets = secretsOf(stack, 'edge-1');
  });
  after(() => stack.close());

  test('are nowhere in the history, neither in its export nor on its way', async () => {
    const history = await historyOf(stack.client, stack.device('edge-1'));
    assert.ok(leavesOf(history).includes(activationKeySecretName), 'the payloads are read');
    const places = { history: leavesOf(history), 'exported history': historyToJSON(history) };
    assert.deepEqual(findSecrets(places, secrets), []);
  });

  test('are nowhere in other data of the server: memo, attributes, texts, failures, heartbeats', () => {
    const { descriptions, failures, heartbeats } = snapshots;
    assert.deepEqual(failures, new Set(['ensureChannelIntegrityKey', 'issueActivationKey']));
    assert.ok(heartbeats > 0, 'there were heartbeats to look into');
    assert.deepEqual(findSecrets({ descriptions }, secrets), []);
  });

  test('are nowhere in the output of the worker at its most verbose level', async () => {
    const log = await stack.worker.log();
    assert.match(log, /"level":10/, 'it did write at that level');
    assert.deepEqual(findSecrets({ log }, secrets), []);
  });

  test('are nowhere in the output of the command line', () => {
    assert.match(String(outputs['ase key generate']), /"secretId": "https:/);
    assert.match(String(outputs['ase status']), /"steps": \[/);
    assert.match(String(outputs['ase blocked list']), /VaultNameTaken/);
    assert.match(String(outputs['ase doctor']), /Temporal/i);
    assert.deepEqual(findSecrets(outputs, secrets), []);
  });

  test('would be found wherever a server stores them', async () => {
    const { client } = stack;
    const handle = await client.workflow.start('planted', {
      workflowId: 'planted',
      taskQueue: 'nobody',
      args: [{ input: secrets['the channel integrity key'] }],
      memo: { memo: secrets['the private key as PEM'] },
      staticSummary: String(secrets['the activation key']).slice(0, 200),
    });
    const history = await handle.fetchHistory();
    const { raw } = await handle.describe();
    const places = { history: leavesOf(history), export: historyToJSON(history), description: leavesOf(raw) };
    const found = findSecrets(places, secrets);
    for (const expected of [
      'the channel integrity key in clear in history',
      'the channel integrity key as base64 in export',
      'the private key as PEM as a JSON string in history',
      'the private key as PEM as a JSON string in description',
      'the activation key in clear in description',
    ]) {
      assert.ok(found.includes(expected), `${expected} is among: ${found.join(', ')}`);
    }
  });
});

const ase = ({ operatorEnv }: Stack, ...args: string[]): Promise<Ended> =>
  runNode(path.join(checkout, 'cli.ts'), args, operatorEnv);

const named = ({ resourceGroup, name }: DeviceId): string[] => ['-g', resourceGroup, '-n', name];

const keep = (outputs: Places, command: string, { code, stdout, stderr }: Ended): void => {
  assert.equal(code, 0, `${command}: ${stderr}`);
  outputs[command] = `${stdout}\n${stderr}`;
};

type Snapshots = {
  descriptions: Buffer;
  /** Steps that were seen between two attempts. */
  failures: Set<string>;
  /** Attempts that were seen with heartbeat details. */
  heartbeats: number;
};

/** All that the server tells of the operation, over and over until the command has ended. */
const takeSnapshots = async ({ client }: Stack, device: DeviceId, command: Promise<unknown>): Promise<Snapshots> => {
  const handle = client.workflow.getHandle(workflowIdOf(device));
  const seen: Buffer[] = [];
  const failures = new Set<string>();
  let heartbeats = 0;
  const ended = command.then(() => true);
  while (!(await Promise.race([ended, pause()]))) {
    const description = await handle.describe().catch(() => undefined);
    for (const { activityId, lastFailure, heartbeatDetails } of description?.raw.pendingActivities ?? []) {
      if (lastFailure?.applicationFailureInfo?.type === 'AzureUnavailable') failures.add(activityId ?? '');
      if (heartbeatDetails) heartbeats += 1;
    }
    seen.push(leavesOf(description?.raw));
  }
  return { descriptions: Buffer.concat(seen), failures, heartbeats };
};

const pause = (): Promise<false> => new Promise((resolve) => setTimeout(() => resolve(false), 50));

const block = async (stack: Stack, device: DeviceId): Promise<void> => {
  takeName({ azure: stack.azure, device });
  await stack.ase.start({ deviceId: device.id });
  await serverStage(stack, device).block();
};

/** What is in the vault, and the private key that is in the activation key. */
const secretsOf = ({ azure }: Stack, name: string): Secrets => {
  const vault = Object.values(azure.state.vaults).find(({ tags }) => tags['ase-device'] === name);
  const values = Object.entries(vault?.secrets ?? {}).map(
    ([secret, { versions }]) => [secret, versions.at(-1)?.value ?? ''] as const,
  );
  const [, cik = ''] = values.find(([secret]) => secret.startsWith('ase-cik-')) ?? [];
  const [, key = ''] = values.find(([secret]) => secret === activationKeySecretName) ?? [];
  const { managementCert } = readActivationKey(key);
  const { pem, der } = privateKeyIn(managementCert);
  return {
    'the channel integrity key': cik,
    'the activation key': key,
    'the certificate of the activation key': Buffer.from(managementCert, 'base64'),
    'the private key as PEM': pem,
    'the private key as DER': der,
  };
};
