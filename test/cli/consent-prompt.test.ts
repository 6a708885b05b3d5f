/** The consent question and its answers at a terminal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAnswer } from '../../cli/consent.ts';
import { describeQuestion } from '../../cli/consent.ts';
import { describeStatus } from '../../cli/status.ts';
import type { DeviceStatus } from '../../client.ts';
import { readConfig } from '../../config.ts';
import type { ConsentQuestion } from '../../workflows/messages.ts';
import { device } from '../domain/samples.ts';

const scope = '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-one';
const lock = (name: string, notes?: string) => ({
  id: `${scope}/providers/Microsoft.Authorization/locks/${name}`,
  name,
  scope,
  level: 'CanNotDelete',
  ...(notes === undefined ? {} : { notes }),
});

const question: ConsentQuestion = {
  keyVaultName: 'kv-one',
  inventory: 2,
  warning: 'The disks cannot be unlocked.',
  secrets: [
    {
      name: 'ase-activation-key',
      kind: 'activation key',
      own: true,
      versions: 3,
      changedOn: '2026-01-01T00:00:00.000Z',
    },
    { name: 'payroll', kind: 'foreign', own: false, versions: 1 },
  ],
  total: 2,
  locks: [lock('ase-key-vault-lock'), lock('theirs', 'ask Grace')],
  answerBy: '2026-01-04T00:00:00.000Z',
};

for (const [typed, decision] of [
  ['kv-one', 'delete-vault'],
  [' KV-One \n', 'delete-vault'],
  ['keep', 'keep-vault'],
  ['Cancel', 'cancel'],
  ['y', undefined],
  ['yes', undefined],
  ['kv-on', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(typed)} means ${decision ?? 'nothing'}`, () => {
    assert.equal(readAnswer(typed, question), decision);
  });
}

test('the consent question shows secrets, owners of locks, consequences and deadline', () => {
  const text = describeQuestion(question);
  assert.match(text, /^Secrets in the key vault kv-one \(inventory 2\):$/m);
  assert.match(text, /^ase-activation-key +activation key +3 +2026-01-01T/m);
  assert.match(text, /^payroll +foreign +1 +-$/m);
  assert.match(text, /locks\/ase-key-vault-lock {2}\(ours\)$/m);
  assert.match(text, /locks\/theirs {2}\(ask Grace\)$/m);
  assert.match(
    text,
    /The disks cannot be unlocked\.\nAnswer by 2026-01-04T00:00:00\.000Z\. Without an answer the vault is kept\./,
  );
});

test('the consent question about a large vault counts the secrets that it does not name', () => {
  assert.match(describeQuestion({ ...question, total: 5002 }), /^and 5000 more foreign secrets: 5002 secrets in all$/m);
  assert.doesNotMatch(describeQuestion(question), / more /);
});

test('the consent question about an empty vault without locks shows none', () => {
  assert.match(
    describeQuestion({ ...question, secrets: [], total: 0, locks: [] }),
    /none\n\nLocks on the vault and above it:\nnone/,
  );
});

test('the status of an aborted operation names who aborted it, and no decision', () => {
  const status: DeviceStatus = {
    device: 's/edge-rg/edge-1',
    procedure: 'generateActivationKey',
    workflowId: 'ase:s/edge-rg/edge-1',
    runId: 'r',
    execution: 'failed',
    startedAt: '2026-01-01T00:00:00.000Z',
    taskQueue: 'ase',
    worker: true,
    polled: true,
    steps: [],
    decisions: [],
    failure: { type: 'VaultNameTaken', message: 'aborted by root (wrong vault): the name is taken' },
  };
  const text = describeStatus(status, device, readConfig({ TEMPORAL_CONFIG_FILE: 'none' }));
  assert.match(text, /^Failed with VaultNameTaken \(blocked\): aborted by root \(wrong vault\): the name is taken$/m);
  assert.match(text, /^ {2}Remove the cause in the message, then start again: /m);
  assert.doesNotMatch(text, /Retry/);
});

test('the status of an operation on a task queue without a worker has its own phase', () => {
  const idle = {
    device: 's/edge-rg/edge-1',
    procedure: 'generateActivationKey',
    workflowId: 'ase:s/edge-rg/edge-1',
    runId: 'r',
    execution: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    taskQueue: 'nope',
    worker: false,
    polled: false,
    phase: 'working',
    steps: [],
    decisions: [],
  } as const satisfies DeviceStatus;
  const phaseOf = (status: DeviceStatus): string | undefined =>
    /^phase +(.*)$/m.exec(describeStatus(status, device, readConfig({ TEMPORAL_CONFIG_FILE: 'none' })))?.[1];
  assert.equal(phaseOf(idle), 'waiting for a worker');
  assert.equal(phaseOf({ ...idle, polled: true }), 'working', 'one that is busy has begun it');
});

test('the status shows the consent question, earlier consents, and the commands that answer', () => {
  const status: DeviceStatus = {
    device: 's/edge-rg/edge-1',
    procedure: 'deleteDevice',
    workflowId: 'ase:s/edge-rg/edge-1',
    runId: 'r',
    execution: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    taskQueue: 'ase',
    worker: true,
    polled: true,
    phase: 'consent',
    steps: [],
    decisions: [],
    consent: question,
    consents: [
      {
        decision: 'keep-vault',
        keyVaultName: 'kv-two',
        by: 'bob',
        reason: 'why not',
        at: '2026-01-01T00:00:01.000Z',
        counted: false,
        ignoredBecause: 'another vault',
      },
      { at: '2026-01-01T00:00:02.000Z', counted: false, ignoredBecause: 'no JSON object' },
    ],
  };
  const text = describeStatus(status, device, readConfig({ TEMPORAL_CONFIG_FILE: 'none' }));
  assert.match(text, /^phase +consent$/m);
  assert.match(text, /bob chose keep-vault for kv-two \(why not\): ignored, another vault$/m);
  assert.match(text, /a signal was ignored, no JSON object$/m);
  assert.match(text, /--decision delete-vault --vault-name kv-one --inventory 2$/m);
  assert.match(text, /--decision keep-vault --vault-name kv-one$/m);
  assert.ok(text.includes('(inventory 2)'));
});
