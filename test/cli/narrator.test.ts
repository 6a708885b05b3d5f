import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNarrator, describeResult } from '../../cli/operation.ts';
import type { DeviceStatus } from '../../client.ts';
import { readConfig } from '../../config.ts';
import { device } from '../domain/samples.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();

const status = (over: Partial<DeviceStatus>): DeviceStatus => ({
  device: 's/edge-rg/edge-1',
  procedure: 'generateActivationKey',
  workflowId: 'ase:s/edge-rg/edge-1',
  runId: 'r',
  execution: 'running',
  startedAt: at(0),
  taskQueue: 'ase',
  worker: true,
  polled: true,
  steps: [],
  decisions: [],
  ...over,
});

const narrate = (...statuses: DeviceStatus[]): string[] => {
  const lines: string[] = [];
  const show = createNarrator((line) => lines.push(line), device, readConfig({}));
  for (const each of statuses) show(each);
  return lines;
};

const threeDays = 3 * 24 * 60 * 60;

const lock = { step: 'lockKeyVault', says: 'Lock the key vault v', startedAt: at(2) } as const;

test('each step has one line when it begins and one when it ends', () => {
  const running = status({ steps: [{ ...lock, state: 'running' }] });
  const done = status({ steps: [{ ...lock, state: 'done', endedAt: at(3.5) }] });
  assert.deepEqual(narrate(running, running, done, done), [
    '   2.0 s  now       Lock the key vault v',
    '   3.5 s  done      Lock the key vault v',
  ]);
});

test('a step that begins and ends between two readings has one line', () => {
  const done = status({ steps: [{ ...lock, state: 'done', endedAt: at(2.1) }] });
  assert.deepEqual(narrate(status({}), done), ['   2.1 s  done      Lock the key vault v']);
});

test('the reason of a wait is printed below its step when it changes', () => {
  const waiting = (message: string, number: number) =>
    status({
      steps: [{ ...lock, state: 'running' }],
      attempt: { step: lock.step, number, failure: 'Throttled', message },
    });
  assert.deepEqual(narrate(waiting('busy', 2), waiting('busy', 3), waiting('still busy', 4)).slice(1), [
    '                    busy',
    '                    still busy',
  ]);
});

test('an issued key is reported once, before the operation ends', () => {
  const activationKey = { secretId: 's', version: 'v', fingerprint: 'f00d', expiresOn: at(threeDays + 9) };
  const out = status({ steps: [{ ...lock, state: 'running' }], activationKey });
  const [line = '', ...others] = narrate(out, out).slice(1);
  assert.match(line, /^ {20}Activation key issued \(fingerprint f00d\)\. Read it with: ase key show -g \S+ -n \S+/);
  assert.deepEqual(others, []);
});

test('a key that was valid before the operation began is not called issued', () => {
  const activationKey = { secretId: 's', version: 'v', fingerprint: 'f00d', expiresOn: at(threeDays - 60) };
  const [line = ''] = narrate(status({ activationKey }));
  assert.match(
    line,
    /The current activation key is still valid \(fingerprint f00d, expires 2026-01-03T23:59:00\.000Z\)/,
  );
  assert.match(line, /; no new key was issued\. Read it with: ase key show -g/);
});

test('the result of a repair shows the former state of each thing, and what remains for whom', () => {
  const drift = { severity: 'warning', promised: 'a lock' } as const;
  const text = describeResult({
    repaired: [{ ...drift, what: 'lock', found: 'kv-one has no lock', repair: 'device repair' }],
    left: [{ ...drift, what: 'foreign access', found: 'bob reads secrets', repair: 'ask its owner' }],
  });
  assert.equal(
    text,
    [
      'repaired  lock (was: kv-one has no lock)',
      'left      foreign access (found: bob reads secrets, repair: ask its owner)',
      '',
    ].join('\n'),
  );
});
