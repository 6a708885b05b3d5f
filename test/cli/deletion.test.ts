/** The command line on the whole product: a device and key vaults are deleted, and who says so. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { DeleteDeviceResult, DeleteKeyVaultResult, DeviceStatus } from '../../client.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { until } from '../server/until.ts';
import { interruptAse, runAse } from './ase.ts';
import { atTerminal, keys, plainly, program } from './at-terminal.ts';

suite('ase', () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
    stack.azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
    for (const number of [1, 2, 3]) await stack.ase.generateActivationKey({ deviceId: idOf(number) });
    for (const number of [1, 2, 3]) await stack.ase.result({ deviceId: idOf(number) });
  });
  after(() => stack.close());

  const idOf = (number: number): string => stack.device(`edge-${number}`).id;
  const ase = (commandLine: string) => runAse(commandLine, stack.operatorEnv);
  const edge = (number: number): string => `-g edge-rg -n edge-${number}`;
  const vaultOf = (number: number): string => defaultKeyVaultName(stack.device(`edge-${number}`));

  test('device delete without a terminal prints the commands that answer, and the operation waits', async () => {
    const asked = await ase(`device delete ${edge(1)} --confirm edge-1 -o table`);
    assert.equal(asked.code, 3, asked.stderr);
    assert.equal(asked.stdout, '');
    assert.match(asked.stderr, /Deletion of edge-1 started/);
    assert.match(asked.stderr, /ConsentAwaited: delete or keep edge-1's key vault ase-edge1-\w+\?/);
    assert.match(
      asked.stderr,
      /ase consent -g edge-rg -n edge-1 --decision delete-vault --vault-name \S+ --inventory 1$/m,
    );

    const status = await ase(`status ${edge(1)} -o table`);
    assert.match(status.stdout, /^ase-activation-key +activation key +1 /m);
    const { consent } = JSON.parse((await ase(`status ${edge(1)} -o json`)).stdout) as DeviceStatus;
    assert.equal(consent?.inventory, 1);
    const waits = async (): Promise<boolean> => (await stack.ase.surveyBlocked()).awaitingConsent.length > 0;
    await until('it is listed', waits);
    const { total, awaitingConsent } = await stack.ase.surveyBlocked({ procedure: 'deleteDevice' });
    assert.deepEqual([total, awaitingConsent.map((key) => key.split('/').at(-1))], [0, ['edge-1']]);
    assert.deepEqual((await stack.ase.surveyBlocked({ step: 'linkDevice' })).awaitingConsent, []);
  });

  test('another command on the device prints the commands that answer', async () => {
    const { code, stderr } = await ase(`vault recover ${edge(1)} -o table`);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /, and waits for consent until 20\S+Z\n[\s\S]*Wait for its end: ase status .* --watch\n.*\n.* --decision delete-vault .* --inventory 1\n.* --decision keep-vault .*\n {4}ase consent -g edge-rg -n edge-1 --decision cancel --vault-name ase-edge1-\w+$/m,
    );
  });

  test('Ctrl-C at the question reports that the operation waits, and prints the commands that answer', async () => {
    const typing = [{ once: /keep to keep it/, keys: keys.ctrlC }];
    const command = program('../../cli.ts', ...`vault delete ${edge(2)}`.split(' '));
    const { code, screen } = await atTerminal(command, typing, plainly(stack.operatorEnv));
    assert.match(screen, /No answer was given\. The operation waits until 20\S+Z, then keeps the vault\. To answer/);
    for (const decision of ['delete-vault', 'keep-vault', 'cancel'])
      assert.ok(screen.includes(`--decision ${decision}`));
    assert.doesNotMatch(screen, /Detached/);
    assert.equal(code, 130);
    await stack.ase.consent({ deviceId: idOf(2), decision: 'cancel', keyVaultName: vaultOf(2), by: 'ada' });
    await stack.ase.result({ deviceId: idOf(2) });
  });

  test('status --watch prints the question once, and waits', async () => {
    const watched = await interruptAse(`status ${edge(1)} --watch -o table`, /--decision cancel/, stack.operatorEnv);
    assert.equal(watched.code, 130);
    assert.equal(watched.stderr.match(/delete or keep edge-1's key vault/g)?.length, 1);
    assert.match(watched.stderr, /^ {2}ase consent .* --inventory 1$/m);
  });

  test('consent to another inventory or vault is refused with the reason', async () => {
    const stale = await ase(
      `consent ${edge(1)} --decision delete-vault --vault-name ${vaultOf(1)} --inventory 7 -o table`,
    );
    assert.match(stale.stderr, /^ConsentRefused: inventory 7 is out of date: read number 1/);
    assert.equal(stale.code, 1);
    const other = await ase(`consent ${edge(1)} --decision keep-vault --vault-name kv-other -o table`);
    assert.match(other.stderr, /^ConsentRefused: the question concerns the vault "ase-edge1-\w+", not "kv-other"/);
  });

  test('consent completes the operation', async () => {
    const said = await ase(
      `consent ${edge(1)} --decision delete-vault --vault-name ${vaultOf(1)} --inventory 1 --reason retired -o json`,
    );
    assert.equal(said.code, 0, said.stderr);
    assert.equal((JSON.parse(said.stdout) as { sent: string }).sent, 'update');
    assert.match(said.stderr, /^Consent recorded: delete-vault for ase-edge1-\w+\. To follow the operation: /);
    const result = await stack.ase.result({ deviceId: idOf(1), procedure: 'deleteDevice' });
    assert.ok(result.keyVault.outcome === 'deleted');
    assert.equal(result.keyVault.decided.reason, 'retired');
    assert.ok(stack.azure.state.deletedVaults[vaultOf(1)]);
  });

  test('consent to an operation that does not ask, or has ended, is refused', async () => {
    const keep = `--decision keep-vault --vault-name ${vaultOf(1)} -o table`;
    const ended = await ase(`consent ${edge(1)} ${keep}`);
    assert.match(
      ended.stderr,
      /^ConsentRefused: nothing is asked on edge-1: the last operation has ended \(completed\)/,
    );
    assert.match((await ase(`consent ${edge(4)} ${keep}`)).stderr, /^NotFound: /);
  });

  test('vault delete with consent in advance ends with the dates until which the vault can be recovered', async () => {
    const { code, stdout, stderr } = await ase(
      `vault delete ${edge(2)} --consent delete-vault --vault-name ${vaultOf(2)} -o json`,
    );
    assert.equal(code, 0, stderr);
    const { keyVault } = JSON.parse(stdout) as DeleteKeyVaultResult;
    assert.ok(keyVault.outcome === 'deleted');
    assert.match(keyVault.recoverableUntil ?? '', /^20\d\d-/);
    const left = keyVault.auditLog;
    assert.ok(left && stack.azure.state.storageAccounts[left.storageAccount]);
    assert.equal(left.keepUntil, keyVault.recoverableUntil);
    const [lock = '', account = ''] = left.remove.map((line) => /--ids (\S+)/.exec(line)?.[1]?.toLowerCase());
    assert.ok(
      Object.keys(stack.azure.state.locks).some((id) => id.toLowerCase() === lock),
      lock,
    );
    assert.equal(stack.azure.state.storageAccounts[left.storageAccount]?.id.toLowerCase(), account);
    const told = `The audit log stays in the storage account ${left.storageAccount}, which is locked. Keep it until ${left.keepUntil}`;
    assert.ok(stderr.includes(told) && stderr.includes(`  ${left.remove.join('\n  ')}`), stderr);
    const shown = (await ase(`status ${edge(2)} -o table`)).stdout;
    assert.ok(shown.includes(told) && shown.includes(left.remove[0] ?? ''), shown);
    assert.match(stderr, /done {6}Remove the lock from ase-edge2-/);
  });

  test('consent to one run does not count for the next run', async () => {
    const keep = { decision: 'keep-vault', keyVaultName: vaultOf(3), by: 'ada' } as const;
    const untilAsked = async (): Promise<void> => {
      while (!(await stack.ase.status({ deviceId: idOf(3) })).consent) await setTimeout(100);
    };
    const deviceId = idOf(3);
    const first = await stack.ase.deleteKeyVault({ deviceId });
    await untilAsked();
    await stack.ase.consent({ deviceId: idOf(3), ...keep });
    await stack.ase.result({ deviceId: idOf(3) });
    const { runId } = await stack.ase.deleteKeyVault({ deviceId });
    await untilAsked();
    const late = { ...keep, decision: 'delete-vault', inventory: 1 } as const;
    await assert.rejects(stack.ase.consent({ deviceId, runId: first.runId, ...late }), { type: 'ConsentRefused' });
    await stack.ase.consent({ deviceId, runId, ...keep });
    await stack.ase.result({ deviceId: idOf(3) });
    assert.ok(stack.azure.state.vaults[vaultOf(3)]);
  });

  test('device delete that keeps the vault leaves it locked', async () => {
    const { code, stdout, stderr } = await ase(
      `device delete ${edge(3)} --confirm EDGE-3 --consent keep-vault --vault-name ${vaultOf(3)} -o json`,
    );
    assert.equal(code, 0, stderr);
    const { device, keyVault } = JSON.parse(stdout) as DeleteDeviceResult;
    assert.deepEqual([device, keyVault.outcome], ['deleted', 'kept']);
    assert.equal(stack.azure.state.vaults[vaultOf(3)]?.tags['ase-state'], 'retained');
  });

  test('vault delete without a vault fails with the type of the failure', async () => {
    const { code, stderr } = await ase(`vault delete ${edge(4)} -o table`);
    assert.match(stderr, /OperationFailed \(KeyVaultNotFound\): the device "edge-4" has no key vault/);
    assert.equal(code, 1);
  });

  test('device delete --no-wait returns at once', async () => {
    const { code, stdout } = await ase(`device delete ${edge(4)} --confirm edge-4 --no-wait`);
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { started: boolean }).started, true);
    assert.equal(
      (await stack.ase.result({ deviceId: idOf(4), procedure: 'deleteDevice' })).keyVault.outcome,
      'left alone',
    );
  });
});
