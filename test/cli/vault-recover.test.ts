/** The command line on the whole product: a vault that was deleted, and one that is past recovery. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { GenerateActivationKeyResult } from '../../client.ts';
import { keyVaultLockName } from '../../domain/names.ts';
import type { RecoverKeyVaultResult } from '../../workflows/recover-key-vault.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { runAse } from './ase.ts';

suite('ase vault recover', () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  const ase = (commandLine: string) => runAse(commandLine, stack.operatorEnv);
  const edge = '-g edge-rg -n edge-1';
  let first: GenerateActivationKeyResult;

  const deleteVault = (): void => {
    const { id, name } = first.keyVault;
    stack.azure.control.removeLock({ scope: id, name: keyVaultLockName });
    stack.azure.control.softDeleteVault({ vaultName: name });
  };

  test('without any vault suggests key generate', async () => {
    const { code, stderr } = await ase(`vault recover ${edge} -o table`);
    assert.match(
      stderr,
      /OperationFailed \(NothingToRecover\): no vault carries .*\n {2}Generate a key instead: .*\n {2}Generate a key: ase key generate -g edge-rg -n edge-1\n/,
    );
    assert.equal(code, 1);
  });

  test('shows its steps, and ends with the vault, its key and the repairs', async () => {
    first = JSON.parse((await ase(`key generate ${edge} -o json`)).stdout) as GenerateActivationKeyResult;
    deleteVault();
    const { code, stdout, stderr } = await ase(`vault recover ${edge} -o json`);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Recovery of the key vault of edge-1 started/);
    assert.match(stderr, /done {6}Recover the key vault ase-edge1-/);
    const result = JSON.parse(stdout) as RecoverKeyVaultResult;
    assert.deepEqual(result.keyVault, first.keyVault);
    assert.deepEqual(result.channelIntegrityKey, { state: 'as linked', key: first.channelIntegrityKey });
    assert.equal(result.recovered, true);
  });

  test('waits for a person if the vault is purged, and prints what to type', async () => {
    deleteVault();
    stack.azure.state.deletedVaults = {};
    const { code, stderr } = await ase(`vault recover ${edge} -o table`);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /VaultPurged/);
    const [, command] = /(blocked retry .* --input '\{"keyVaultName":"ase-edge1-[0-9a-f]{9}"\}')/.exec(stderr) ?? [];
    assert.ok(command, stderr);
    const name = /"keyVaultName":"([^"]+)"/.exec(command)?.[1] ?? '';
    await stack.ase.decide({
      deviceId: stack.device('edge-1').id,
      decision: 'retry',
      by: 'ada',
      reason: 'it is gone',
      input: { keyVaultName: name },
    });
    const result = await stack.ase.result({ deviceId: stack.device('edge-1').id, procedure: 'recoverKeyVault' });
    assert.deepEqual([result.made, result.keyVault.name], [true, name]);
    assert.equal(result.channelIntegrityKey.state, 'placed');
  });

  test('--no-wait returns at once; an invalid name starts nothing', async () => {
    const { stdout } = await ase(`vault recover ${edge} --no-wait`);
    assert.equal((JSON.parse(stdout) as { started: boolean }).started, true);
    const { code, stderr } = await ase(`vault recover ${edge} --vault-name kv -o table`);
    assert.match(stderr, /keyVaultName must have 3 to 24/);
    assert.equal(code, 2);
  });
});
