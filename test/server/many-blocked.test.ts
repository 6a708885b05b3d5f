/**
 * Very many activations that are blocked for two reasons: counted, freed by the cause or by one command, none lost and
 * nothing written twice. `npm run prove:blocked` plays it with two hundred.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { BlockedSurvey, DecisionOutcome } from '../../client.ts';
import { deviceKey, type DeviceId } from '../../domain/device.ts';
import { interruptAse, runAse } from '../cli/ase.ts';
import { openFolder } from './folder.ts';
import { assertOneOfEach } from './one-of-each.ts';
import { orderDevice } from './order-device.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

/** Blocked for each reason. */
const each = Number(process.env['ASE_BLOCKED_EACH'] ?? 6);

const closed = { host: /^ase-closed/, action: 'closeNetwork' } as const;
const denied = {
  path: /\/vaults\/ase-denied/i,
  action: { denyByPolicy: { assignment: 'corp-rules', definition: 'a-rule', field: 'tags' } },
} as const;

suite(`${2 * each} blocked activations`, { concurrency: 1 }, () => {
  let stack: Stack;
  let temporary: Awaited<ReturnType<typeof openFolder>>;
  before(async () => {
    [stack, temporary] = await Promise.all([openStack(), openFolder()]);
  });
  after(async () => {
    await stack.close();
    await temporary.remove();
  });

  const startAll = async (kind: string): Promise<DeviceId[]> => {
    const devices: DeviceId[] = [];
    for (let number = 1; number <= each; number += 1) {
      const device = await orderDevice(stack.azure, `${kind}${String(number).padStart(3, '0')}`);
      await stack.ase.start({ deviceId: device.id });
      devices.push(device);
    }
    return devices;
  };

  /** As the command line tells it, once the client has seen so many. */
  const untilCounted = async (counts: BlockedSurvey['counts']): Promise<BlockedSurvey> => {
    // One after another, so that each may take as long as a busy machine needs.
    for (const device of devices) await until(`${device.name} is blocked or has ended`, () => isAtRest(device));
    const wanted = JSON.stringify(counts);
    await until(
      `these are counted: ${wanted}`,
      async () => JSON.stringify((await stack.ase.surveyBlocked()).counts) === wanted,
    );
    const { stdout, stderr, code } = await runAse('blocked list -o json', stack.operatorEnv);
    assert.equal(code, 0, stderr);
    const seen = JSON.parse(stdout) as BlockedSurvey;
    assert.deepEqual(seen.counts, counts);
    return seen;
  };

  const devices: DeviceId[] = [];
  const isAtRest = async ({ id }: DeviceId): Promise<boolean> => {
    const { blocked, execution } = await stack.ase.status({ deviceId: id });
    return blocked !== undefined || execution !== 'running';
  };

  const assertFreed = async (freed: readonly DeviceId[], decisions: number): Promise<void> => {
    for (const device of freed) {
      const result = await stack.ase.result({ deviceId: device.id, procedure: 'generateActivationKey' });
      assertOneOfEach(stack.azure, device, result);
      const vault = Object.values(stack.azure.state.vaults).find(({ id }) => id === result.keyVault.id);
      assert.equal(vault?.secrets['ase-activation-key']?.versions.length, 1, `one key of ${device.name} at all`);
      assert.equal((await stack.ase.status({ deviceId: device.id })).decisions.length, decisions, device.name);
    }
  };

  const readReport = async (file: string): Promise<DecisionOutcome[]> =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DecisionOutcome);

  const keysOf = (all: readonly DeviceId[]): string[] => all.map(deviceKey).sort();
  const retry = 'blocked retry --failure PolicyDenied --all --yes --reason exempted -o json';

  test('are counted; those of a firewall resume when it opens, the others by one command', async (t) => {
    const { azure, operatorEnv } = stack;
    const firewall = azure.control.addFault(closed);
    const policy = azure.control.addFault(denied);
    const [behindFirewall, against] = [await startAll('closed'), await startAll('denied')];
    devices.push(...behindFirewall, ...against);
    const { total, operations, worker } = await untilCounted([
      { step: 'ensureKeyVault', failure: 'PolicyDenied', count: each },
      { step: 'ensureKeyVault', failure: 'VaultNetworkClosed', count: each },
    ]);
    assert.deepEqual([total, operations.length, worker], [2 * each, 2 * each, true]);

    azure.control.removeFault(firewall);
    await assertFreed(behindFirewall, 0);

    azure.control.removeFault(policy);
    const file = path.join(temporary.folder, 'one-go.jsonl');
    const startedAt = performance.now();
    const { code, stdout, stderr } = await runAse(`${retry} --report ${file}`, operatorEnv);
    t.diagnostic(`${each} decided in ${Math.round((performance.now() - startedAt) / 1000)} s`);
    assert.equal(code, 0, stderr);
    assert.partialDeepStrictEqual(JSON.parse(stdout), { found: each, applied: each, left: 0, others: [] });
    const report = await readReport(file);
    assert.deepEqual(report.map(({ device }) => device).sort(), keysOf(against));
    assert.ok(report.every(({ outcome, block }) => outcome === 'applied' && block === 1));
    await assertFreed(against, 1);
    t.diagnostic(`${each} ended after ${Math.round((performance.now() - startedAt) / 1000)} s`);
    await until('nothing is listed any more', async () => (await stack.ase.surveyBlocked()).total === 0);
  });

  test('resume in the same way after the command was interrupted half-way and repeated', async () => {
    const { azure, operatorEnv } = stack;
    const policy = azure.control.addFault(denied);
    const against = await startAll('denied-too');
    devices.splice(0, devices.length, ...against);
    await untilCounted([{ step: 'ensureKeyVault', failure: 'PolicyDenied', count: each }]);
    azure.control.removeFault(policy);

    const file = path.join(temporary.folder, 'in-two.jsonl');
    const half = new RegExp(`^ *${Math.floor(each / 2)}/${each} +applied`, 'm');
    const first = await interruptAse(`${retry} --report ${file}`, half, operatorEnv);
    assert.equal(first.code, 130, first.stderr);
    assert.match(first.stderr, /were skipped\. To continue, run the same command again/);
    const { applied, left } = JSON.parse(first.stdout) as { applied: number; left: number };
    assert.ok(left > 0 && applied + left === each, first.stdout);

    const second = await runAse(`${retry} --report ${file}`, operatorEnv);
    assert.equal(second.code, 0, second.stderr);
    const report = await readReport(file);
    const decided = report.filter(({ outcome }) => outcome === 'applied').map(({ device }) => device);
    assert.deepEqual(decided.sort(), keysOf(against));
    const others = report.filter(({ outcome }) => outcome !== 'applied');
    assert.ok(others.every(({ outcome }) => outcome === 'gone' || outcome === 'decided before'));
    await assertFreed(against, 1);
  });
});
