/** Looking at a device and repairing it from the command line, on the whole product. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ActivationPreview, Posture, RepairDeviceResult } from '../../client.ts';
import { keyVaultLockName } from '../../domain/names.ts';
import { borrowStack } from '../server/shared-stack.ts';
import type { Stack } from '../server/stack.ts';
import { runAse } from './ase.ts';

suite('ase device', () => {
  let stack: Stack;
  before(async () => {
    stack = await borrowStack();
  });
  after(() => stack.close());

  const ase = (commandLine: string) => runAse(commandLine, stack.operatorEnv);
  const edge = '-g edge-rg -n edge-1';
  const vault = () => Object.values(stack.azure.state.vaults).find(({ name }) => name.startsWith('ase-edge1-'))!;

  test('key generate --plan shows the plan and changes nothing', async () => {
    const planned = await ase(`key generate ${edge} --plan -o json`);
    assert.equal(planned.code, 0, planned.stderr);
    const { verdict, names } = JSON.parse(planned.stdout) as ActivationPreview;
    assert.equal(verdict, 'ready');
    assert.match(names?.keyVault ?? '', /^ase-edge1-/);
    assert.equal(Object.keys(stack.azure.state.vaults).length, 1);

    const refused = await ase('key generate -g edge-rg -n edge-5 --plan -o table');
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^! IdentityDisabled: .*\n {4}azure administrator: Enable the system-assigned/m);
  });

  test('show prints the posture before and after the activation', async () => {
    const early = await ase(`device show ${edge} -o table --fail-on-drift`);
    assert.equal(early.code, 0, early.stderr);
    assert.match(early.stdout, /The device has no key vault: no activation key was requested yet/);

    await stack.ase.generateActivationKey({ deviceId: stack.device('edge-1').id });
    await stack.ase.result({ deviceId: stack.device('edge-1').id });
    const shown = await ase(`device show ${edge} -o json --fail-on-drift`);
    assert.equal(shown.code, 0, shown.stdout);
    const { integration, drift, secrets } = JSON.parse(shown.stdout) as Posture;
    assert.deepEqual([integration, drift, secrets?.length], ['integrated', [], 2]);
  });

  test('show reports drift, and repair repairs it', async () => {
    stack.azure.control.removeLock({ scope: vault().id, name: keyVaultLockName });
    const drifted = await ase(`device show ${edge} -o table --fail-on-drift`);
    assert.equal(drifted.code, 1);
    assert.match(
      drifted.stdout,
      /Locks\n! warning: .* has no lock of its own\n.*\n {4}to do: ase device repair -g edge-rg/,
    );
    assert.equal((await ase(`device show ${edge} -o none`)).code, 0);

    const repaired = await ase(`device repair ${edge} -o json`);
    assert.equal(repaired.code, 0, repaired.stderr);
    const result = JSON.parse(repaired.stdout) as RepairDeviceResult;
    assert.deepEqual(
      result.repaired.map(({ what }) => what),
      ['lock'],
    );
    assert.deepEqual(result.left, []);
    assert.match(repaired.stderr, /done +Lock the key vault ase-edge1-/);
    assert.equal((await ase(`device show ${edge} -o none --fail-on-drift`)).code, 0);
  });

  test('concurrent calls of show all succeed', async () => {
    const deviceId = stack.device('edge-1').id;
    const looks = [1, 2, 3].map(() => stack.ase.inspect({ deviceId }));
    for (const { integration } of await Promise.all(looks)) assert.equal(integration, 'integrated');
    const plans = await Promise.all([
      stack.ase.preview({ deviceId: stack.device('edge-2').id, keyVaultName: 'one-name' }),
      stack.ase.preview({ deviceId: stack.device('edge-2').id, keyVaultName: 'other-name' }),
    ]);
    assert.deepEqual(
      plans.map(({ names }) => names?.keyVault),
      ['one-name', 'other-name'],
    );
  });

  test('show of an unknown device fails with the type of the failure', async () => {
    const { code, stderr } = await ase('device show -g edge-rg -n edge-9 -o json');
    const { error } = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { error: Record<string, string> };
    assert.deepEqual([error['type'], error['failure'], code], ['OperationFailed', 'DeviceNotFound', 1]);
  });
});
