/** The command line on the whole product: a second key, and what the audit log says afterwards. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { GenerateActivationKeyResult, RegenerateActivationKeyResult, VaultAudit } from '../../client.ts';
import { keyVaultLockName } from '../../domain/names.ts';
import { visibleBlob, visibleBlobs } from '../../local-azure/audit/log.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';
import { runAse } from './ase.ts';

suite('ase', () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
    stack.azure.control.changeSettings({ auditRecord: 200 });
  });
  after(() => stack.close());

  const ase = (commandLine: string, env = stack.operatorEnv) => runAse(commandLine, env);
  const edge = '-g edge-rg -n edge-1';
  let first: GenerateActivationKeyResult;

  /** The log tells of a call of the operator. */
  const isAudited = (): boolean => {
    const { azure } = stack;
    return Object.keys(azure.state.auditLogs)
      .flatMap((account) => visibleBlobs(azure.state, account, azure.now()))
      .some(({ content }) => content.includes(azure.principals.operator.objectId));
  };

  test('key regenerate without a vault suggests key generate', async () => {
    const { code, stderr } = await ase(`key regenerate ${edge} -o table`);
    assert.match(
      stderr,
      /OperationFailed \(NothingToRegenerate\): .*\n {2}Generate a key instead\. .*\n {2}Generate a key: ase key generate -g edge-rg -n edge-1\n/,
    );
    assert.equal(code, 1);
  });

  test('key regenerate keeps a valid key, and prints how to replace it', async () => {
    first = JSON.parse((await ase(`key generate ${edge} -o json`)).stdout) as GenerateActivationKeyResult;
    const { code, stdout, stderr } = await ase(`key regenerate ${edge} -o json`);
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: Record<string, string> };
    assert.equal(error['failure'], 'KeyStillLive');
    assert.ok(error['message']?.includes(first.activationKey.fingerprint));
    assert.match(error['hint'] ?? '', /ase key regenerate -g edge-rg -n edge-1 --supersede/);
    assert.deepEqual([code, stdout], [1, '']);
  });

  test('key regenerate --supersede shows its steps and ends with both keys, and key show with the new one', async () => {
    const { code, stdout, stderr } = await ase(`key regenerate ${edge} --supersede -o json`);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Regeneration of the key of edge-1 started/);
    assert.match(stderr, /done {6}Issue the activation key of edge-1/);
    const result = JSON.parse(stdout) as RegenerateActivationKeyResult;
    assert.deepEqual(result.superseded, first.activationKey);
    assert.equal(result.auditRecord, 'not permitted');
    assert.ok((await ase(`key show ${edge}`)).stderr.includes(`Fingerprint ${result.activationKey.fingerprint}`));
  });

  test('key regenerate --no-wait returns at once, and a program gets the reference', async () => {
    const { stdout } = await ase(`key regenerate ${edge} --supersede --no-wait`);
    assert.equal((JSON.parse(stdout) as { started: boolean }).started, true);
    const { id } = stack.device('edge-1');
    const { activationKey } = await stack.ase.result({ deviceId: id, procedure: 'regenerateActivationKey' });
    const again = await stack.ase.regenerateActivationKey({ deviceId: id, supersede: true });
    assert.notEqual(again.fingerprint, activationKey.fingerprint);
    await stack.ase.result({ deviceId: id });
    await assert.rejects(stack.ase.regenerateActivationKey({ deviceId: id }), /is valid until/);
  });

  test('audit names the missing role', async () => {
    const { code, stdout, stderr } = await ase(`audit ${edge} -o table`);
    assert.match(stderr, /^MissingPermission: /);
    assert.match(stderr, /role "Storage Blob Data Reader" --scope \/subscriptions\/.*\/storageAccounts\/aseedge1/);
    assert.deepEqual([code, stdout], [1, '']);
  });

  test('audit lists callers and counts, as text and as data', async () => {
    stack.azure.control.assignRole({ principal: 'operator', role: 'Storage Blob Data Reader' });
    await until('the log is written', isAudited);
    const summary = JSON.parse((await ase(`audit ${edge} --since 2h`)).stdout) as VaultAudit;
    assert.ok(summary.byCall.some(({ caller }) => caller === 'you'));
    assert.equal(summary.unreadable, 0);
    assert.ok(summary.first && summary.last && summary.first <= summary.last);
    const sets = summary.byCall.find(({ operation, result }) => operation === 'SecretSet' && result === 'OK');
    assert.deepEqual([sets?.caller, sets?.callerId], ['the worker', stack.azure.principals.worker.objectId]);

    const { code, stdout } = await ase(`audit ${edge} -o table`);
    assert.match(stdout, /^SecretSet +█+ \d+$/m);
    assert.match(stdout, /^SecretGet +you +OK +1 /m);
    assert.equal(code, 0);
  });

  test("key show and audit find the vault by its lock when its tags are gone, and by the device's record when its lock is gone, too", async () => {
    const { state, control } = stack.azure;
    const vault = Object.values(state.vaults).find(({ name }) => name.startsWith('ase-edge1-'));
    assert.ok(vault);
    const found = async (): Promise<void> => {
      const shown = await ase(`key show ${edge}`);
      assert.equal(shown.code, 0, shown.stderr);
      const audit = JSON.parse((await ase(`audit ${edge}`)).stdout) as VaultAudit;
      assert.equal(audit.keyVault, vault.name);
    };
    state.vaults[vault.name] = { ...vault, tags: {} };
    await found();
    control.removeLock({ scope: vault.id, name: keyVaultLockName });
    await found();
    // Who may not see the record of the device is led there by the access of its identity.
    const { reader } = stack.azure.principals;
    const asReader = {
      ...stack.operatorEnv,
      AZURE_CLIENT_ID: reader.clientId,
      AZURE_CLIENT_SECRET: reader.clientSecret,
    };
    const { stderr } = await ase(`key show ${edge} -o table`, asReader);
    assert.match(stderr, /^MissingPermission: [\s\S]*ASE_KEY_READERS/);
  });

  test('key show does not show the key of another device, whose vault the record names', async () => {
    const { state } = stack.azure;
    const vault = Object.values(state.vaults).find(({ name }) => name.startsWith('ase-edge1-'));
    const other = state.dataBoxEdge.devices[stack.device('edge-2').id.toLowerCase()];
    assert.ok(vault && other);
    other.link = { ...other.link, clientSecretStoreId: vault.id };
    const { code, stdout, stderr } = await ase('key show -g edge-rg -n edge-2 -o table');
    assert.match(stderr, /^NoActivationKey: no key vault in edge-rg belongs to edge-2/);
    assert.deepEqual([code, stdout], [1, '']);
    other.link = {};
  });

  test('audit reads only the requested hours', async () => {
    stack.azure.control.clearRequests();
    await ase(`audit ${edge} --since 90m`);
    const blobs = stack.azure.requests.filter(({ host, method }) => host.includes('.blob.') && method === 'GET');
    assert.ok(blobs.length === 2 || blobs.length === 3, `${blobs.length} requests`);
  });

  test('audit counts 200,000 calls of one hour in little memory', async () => {
    const { auditLogs } = stack.azure.state;
    const logs = Object.entries(auditLogs).filter(([, log]) =>
      Object.keys(log).some((name) => name.includes('ASE-EDGE1-')),
    );
    const [found] = logs;
    assert.ok(found && logs.length === 1);
    const [account, log] = found;
    const kept = structuredClone(log);
    const [hour = '', records = []] = Object.entries(log).at(-1) ?? [];
    log[hour] = Array.from({ length: 200_000 }, (_, index) => records[index % records.length] ?? '');
    // Azure has written them long before anybody asks.
    visibleBlob(stack.azure.state, account, hour, stack.azure.now());
    try {
      const little = { ...stack.operatorEnv, NODE_OPTIONS: '--max-old-space-size=96' };
      const { code, stdout, stderr } = await ase(`audit ${edge} --since 2h -o json`, little);
      assert.equal(code, 0, stderr);
      const { calls, unreadable, byCall } = JSON.parse(stdout) as VaultAudit;
      const earlier = Object.entries(log).filter(([name]) => name !== hour);
      assert.equal(calls, 200_000 + earlier.reduce((sum, [, { length }]) => sum + length, 0));
      assert.equal(unreadable, 0);
      assert.equal(
        byCall.reduce((sum, each) => sum + each.calls, 0),
        calls,
      );
    } finally {
      Object.assign(log, kept);
    }
  });

  test('audit of a device without a vault prints what to do', async () => {
    const { code, stderr } = await ase('audit -g edge-rg -n edge-2 -o table');
    assert.match(
      stderr,
      /^NotFound: no key vault in edge-rg belongs to edge-2\n {2}Generate a key, which creates a vault.*\n {2}Generate a key: ase key generate -g/,
    );
    assert.equal(code, 1);
  });
});
