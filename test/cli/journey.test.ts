/** The command line on the whole product: what people type, one after another. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { ActivationKeyRef, DeviceStatus, GenerateActivationKeyResult } from '../../client.ts';
import type { RequestEntry } from '../../local-azure/request-log.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { eventually } from '../stack/eventually.ts';
import { interruptAse, runAse } from './ase.ts';

suite('ase', () => {
  let stack: Stack;
  let folder: string;
  before(async () => {
    stack = await borrowStack();
    folder = await mkdtemp(path.join(tmpdir(), 'ase-cli-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await stack.close();
  });

  const ase = (commandLine: string, env = stack.operatorEnv) => runAse(commandLine, env);
  const edge = (number: number): string => `-g edge-rg -n edge-${number}`;

  test('key generate shows each step and ends with the result, key show with the key', async () => {
    const generated = await ase(`key generate ${edge(1)} -o json`);
    assert.equal(generated.code, 0, generated.stderr);
    const { activationKey } = JSON.parse(generated.stdout) as GenerateActivationKeyResult;
    assert.match(generated.stderr, /Activation of edge-1 started/);
    assert.match(generated.stderr, /^ +\d+\.\d s {2}done {6}Lock the key vault ase-edge1-/m);
    assert.match(generated.stderr, /^ +\d+\.\d s {2}done {6}Issue the activation key of edge-1/m);

    const shown = await ase(`key show ${edge(1)}`);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, /^[\w+/=]+#[0-9a-f]{16}\n$/);
    assert.ok(shown.stderr.includes(`Fingerprint ${activationKey.fingerprint}`));
    assert.ok(!generated.stdout.includes(shown.stdout.trim()), 'no other command prints it');

    const asJson = await ase(`key show ${edge(1)} -o json`);
    const { activationKey: key, ...reference } = JSON.parse(asJson.stdout) as ActivationKeyRef & {
      activationKey: string;
    };
    assert.equal(`${key}\n`, shown.stdout);
    assert.deepEqual(reference, activationKey);

    const picked = await ase(`key show ${edge(1)} --query [fingerprint,version] -o tsv`);
    assert.equal(picked.stdout, `${reference.fingerprint}\n${reference.version}\n`);

    const file = path.join(folder, 'key.txt');
    const written = await ase(`key show ${edge(1)} --out-file ${file}`);
    assert.equal(written.stdout, '');
    assert.equal(await readFile(file, 'utf8'), shown.stdout);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await ase(`key show ${edge(1)} --out-file ${file}`)).code, 2);
  });

  test('key show waits for the propagation of access', async () => {
    const vault = Object.values(stack.azure.state.vaults).find(({ name }) => name.startsWith('ase-edge1-'));
    assert.ok(vault);
    vault.policyVersions = [{ from: 0, policies: [] }];
    const before = stack.azure.requests.length;
    const shown = ase(`key show ${edge(1)}`);
    const isRefused = ({ host, status }: RequestEntry): boolean => host.startsWith(vault.name) && status === 403;
    await eventually('a refusal', () => stack.azure.requests.slice(before).some(isRefused));
    vault.policyVersions = [{ from: 0, policies: vault.accessPolicies }];
    const { code, stderr } = await shown;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Waiting for the propagation of your access to the vault/);
  });

  test('key show distinguishes a missing key, right and device', async () => {
    const none = await ase(`key show ${edge(2)} -o table`);
    assert.match(none.stderr, /^NoActivationKey: .*\n.*\n {2}Generate a key: ase key generate -g edge-rg -n edge-2\n/);
    assert.match(none.stderr, /\n {2}Recover the key vault: ase vault recover -g edge-rg -n edge-2\n$/);
    const { reader } = stack.azure.principals;
    const asReader = {
      ...stack.operatorEnv,
      AZURE_CLIENT_ID: reader.clientId,
      AZURE_CLIENT_SECRET: reader.clientSecret,
    };
    const forbidden = await ase(`key show ${edge(1)} -o table`, asReader);
    assert.match(forbidden.stderr, /^MissingPermission: [\s\S]*ASE_KEY_READERS/);
    const nobody = await ase(`key show ${edge(1)} -o table`, { ...asReader, AZURE_CLIENT_SECRET: 'wrong' });
    assert.match(nobody.stderr, /^CredentialRefused: /);
    const unknown = await ase(`key show ${edge(9)} -o table`);
    assert.match(unknown.stderr, /^NotFound: the resource group "edge-rg" has no device "edge-9"/);
    assert.deepEqual(
      [none, forbidden, nobody, unknown].map(({ code, stdout }) => [code, stdout]),
      [
        [1, ''],
        [1, ''],
        [4, ''],
        [1, ''],
      ],
    );
  });

  test('key show reports a missing key if there never was a vault', async () => {
    const { control } = stack.azure;
    const namespace = 'Microsoft.KeyVault';
    control.neverRegister({ namespace });
    const { code, stderr } = await ase(`key show ${edge(2)} -o table`);
    control.letRegister({ namespace });
    control.register({ namespace });
    assert.match(stderr, /^NoActivationKey: .*\n.*\n {2}Generate a key: ase key generate -g edge-rg -n edge-2\n/);
    assert.equal(code, 1);
  });

  test('key show refuses an expired key', async () => {
    const vault = Object.values(stack.azure.state.vaults).find(({ name }) => name.startsWith('ase-edge1-'));
    const version = vault?.secrets['ase-activation-key']?.versions.at(-1);
    assert.ok(version);
    const { exp } = version.attributes;
    Object.assign(version.attributes, { exp: 1_700_000_000 });
    const { code, stdout, stderr } = await ase(`key show ${edge(1)} -o table`);
    Object.assign(version.attributes, { exp });
    assert.match(stderr, /^ActivationKeyExpired: .* expired at 2023-11-14T/);
    assert.equal(stdout, '');
    assert.equal(code, 1);
  });

  test('nothing starts on a task queue without a worker', async () => {
    const { code, stdout, stderr } = await ase(`key generate ${edge(8)} --no-wait -o table`, {
      ...stack.operatorEnv,
      ASE_TASK_QUEUE: 'nope',
    });
    assert.match(
      stderr,
      /^NoWorker: no worker polls the task queue "nope"[\s\S]*Nothing was started\. .*ASE_TASK_QUEUE/,
    );
    assert.deepEqual([code, stdout], [4, '']);
  });

  test('a blocked step ends key generate with 3, and the printed command ends the operation', async () => {
    const blocked = await ase(`key generate ${edge(5)} -o table`);
    assert.equal(blocked.code, 3, blocked.stderr);
    assert.equal(blocked.stdout, '');
    assert.match(blocked.stderr, /Blocked: planActivation is blocked: IdentityDisabled, the device "edge-5" has no/);
    assert.match(blocked.stderr, /Azure administrator: Enable the system-assigned/);
    assert.match(blocked.stderr, /ase blocked abort -g edge-rg -n edge-5 --reason "why"/);

    const status = await ase(`status ${edge(5)} -o table`);
    assert.match(status.stdout, /^phase +blocked$/m);
    assert.match(status.stdout, /ase blocked retry -g edge-rg -n edge-5 --reason "why"/);
    assert.match((await ase('blocked list -g edge-rg -o table')).stdout, /\/edge-5 +planActivation +IdentityDisabled/);
    const idle = await ase('blocked list --step linkDevice -g edge-rg -o table');
    assert.match(
      idle.stderr,
      /^No matching operation is blocked in the resource group edge-rg \(others: 1\): ase blocked list$/m,
    );
    const mistyped = await ase('blocked retry --all --yes --reason x --failure IdentityDisable -o table');
    assert.match(
      mistyped.stderr,
      /^Usage: no failure that blocks is called "IdentityDisable"\n.* --failure IdentityDisabled\?/m,
    );
    assert.equal(mistyped.code, 2);

    const aborted = await ase(`blocked abort ${edge(5)} --reason gone --by somebody -o none`);
    assert.deepEqual([aborted.code, aborted.stdout], [0, '']);
    const { failure } = JSON.parse((await ase(`status ${edge(5)} --watch`)).stdout) as DeviceStatus;
    assert.match(failure?.message ?? '', /aborted by somebody \(gone\)/);
  });

  test('a failed operation ends key generate with 1 and the type of the failure', async () => {
    const { code, stderr } = await ase(`key generate ${edge(9)} -o json`);
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: Record<string, string> };
    assert.deepEqual([error['type'], error['failure']], ['OperationFailed', 'DeviceNotFound']);
    assert.equal(code, 1);
  });

  test('key generate --no-wait returns at once', async () => {
    const { code, stdout } = await ase(`key generate ${edge(3)} --no-wait`);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { started: boolean }).started, true);
  });

  test('Ctrl-C detaches from key generate, which continues, and prints how to follow it', async () => {
    const { code, stdout, stderr } = await interruptAse(`key generate ${edge(4)}`, /started/, stack.operatorEnv);
    assert.match(
      stderr,
      /Detached\. The operation continues\. To follow it: ase status -g edge-rg -n edge-4 --watch\n$/,
    );
    assert.equal(stdout, '');
    assert.equal(code, 130);
    assert.equal(
      (await stack.ase.result({ deviceId: stack.device('edge-4').id, procedure: 'generateActivationKey' })).audit,
      'complete',
    );
  });
});
