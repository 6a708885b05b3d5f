/** What `ase key generate` says of an operation that it started or joined. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announceActivation } from '../../cli/key.ts';
import { device } from '../domain/samples.ts';

const joined = {
  deviceId: device.id,
  procedure: 'generateActivationKey',
  workflowId: 'ase:s/g/d',
  runId: 'r',
  started: false,
} as const;

const announce = (more: Partial<Parameters<typeof announceActivation>[0]>): string =>
  announceActivation({ ...joined, ...more }, device, {});

test('an operation that is joined names each option that it ignores, and what it was started with', () => {
  const text = announce({
    ignored: [
      { field: 'keyVaultName', asked: 'edge-5-vault', startedWith: 'edge-3-vault' },
      { field: 'audit', asked: 'after' },
    ],
  });
  assert.match(text, /^Joined the activation of \S+ that is already running/);
  assert.match(text, /It was started with --vault-name edge-3-vault; your --vault-name edge-5-vault is ignored\./);
  assert.match(text, /It was started without --audit; your --audit after is ignored\./);
  assert.match(text, /To change it, .*: ase status -g /);
});

test('an operation that was started or joined as asked is one line', () => {
  for (const text of [announce({}), announce({ started: true })]) assert.equal(text.split('\n').length, 1);
});
