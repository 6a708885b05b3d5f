/** What a program reads by the library with its own rights, beside Temporal. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ActivationKey, ActivationKeyRef, VaultAudit } from '../../client.ts';
import { runNode } from '../server/programs.ts';
import { openStack, type Stack } from '../server/stack.ts';
import type { Read } from './reader.ts';

const program = fileURLToPath(new URL('reader.ts', import.meta.url));

suite('a program that reads with its own rights', { concurrency: 1 }, () => {
  let stack: Stack;
  let made: ActivationKeyRef;
  let secret: string;
  const idOf = (name: string): string => stack.device(name).id;
  before(async () => {
    stack = await openStack({ settings: { auditRecord: 200 } });
    made = await stack.ase.generateActivationKey({ deviceId: idOf('edge-1') });
    await stack.ase.result({ deviceId: idOf('edge-1') });
  });
  after(() => stack.close());

  /** The library says nothing by itself: one line is the program's own. */
  const read = async (call: string, name: string, more: NodeJS.ProcessEnv = {}): Promise<Read> => {
    const env = { ...stack.operatorEnv, TEMPORAL_ADDRESS: '127.0.0.1:1', ...more };
    const { stdout, stderr, code } = await runNode(program, [call, idOf(name)], env);
    assert.deepEqual([code, stderr, stdout.split('\n').length], [0, '', 2]);
    return JSON.parse(stdout) as Read;
  };

  test('gets the key that the result of its caller names', async () => {
    const { value } = await read('showActivationKey', 'edge-1');
    const { activationKey, reference } = value as ActivationKey;
    assert.deepEqual(reference, made);
    assert.match(activationKey, /^[\w+/=]+#[0-9a-f]{16}$/);
    secret = activationKey;
  });

  test('finds the vault, or reports that there is none', async () => {
    const [vault] = Object.values(stack.azure.state.vaults).filter(({ name }) => name.startsWith('ase-edge1-'));
    const { value } = await read('findKeyVault', 'edge-1');
    assert.partialDeepStrictEqual(value, { id: vault?.id, name: vault?.name });
    assert.deepEqual(await read('findKeyVault', 'edge-2'), {});
  });

  test('reads the callers of the vault', async () => {
    assert.equal((await read('readAuditLog', 'edge-1')).error?.type, 'MissingPermission');
    stack.azure.control.assignRole({ principal: 'operator', role: 'Storage Blob Data Reader' });
    const { keyVault, calls, byCall } = (await read('readAuditLog', 'edge-1')).value as VaultAudit;
    assert.match(keyVault, /^ase-edge1-/);
    assert.ok(calls > 0 && byCall.some(({ caller }) => caller === 'the worker'));
  });

  test('gets advice if there is nothing to read', async () => {
    const deviceId = idOf('edge-2');
    const generate = { action: 'generateActivationKey', deviceId };
    const { error: noKey } = await read('showActivationKey', 'edge-2');
    assert.deepEqual(
      [noKey?.type, noKey?.actions],
      ['NoActivationKey', [generate, { action: 'recoverKeyVault', deviceId }]],
    );
    const { error: noLog } = await read('readAuditLog', 'edge-2');
    assert.deepEqual([noLog?.type, noLog?.actions], ['NotFound', [generate, { action: 'recoverKeyVault', deviceId }]]);
  });

  test('gets the advice to repair a device whose audit log is no longer written, and the repair restores the log', async () => {
    const deviceId = idOf('edge-1');
    stack.azure.state.diagnosticSettings = {};
    const { error } = await read('readAuditLog', 'edge-1');
    assert.deepEqual([error?.type, error?.actions], ['NotFound', [{ action: 'repair', deviceId }]]);
    await stack.ase.repair({ deviceId });
    assert.equal((await read('readAuditLog', 'edge-1')).error, undefined);
  });

  test('distinguishes a missing right from a failed sign-in', async () => {
    const { clientId, clientSecret } = stack.azure.principals.reader;
    const reader = { AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret };
    assert.equal((await read('showActivationKey', 'edge-1', reader)).error?.type, 'MissingPermission');
    const wrong = { ...reader, AZURE_CLIENT_SECRET: 'wrong' };
    assert.equal((await read('showActivationKey', 'edge-1', wrong)).error?.type, 'CredentialRefused');
  });

  test('finds no part of the key in an error, even if the answer that contains the key is unreadable', async () => {
    const { id } = stack.azure.control.addFault({ method: 'GET', path: 'ase-activation-key', action: 'cutJson' });
    const { error } = await read('showActivationKey', 'edge-1');
    stack.azure.control.removeFault({ id });
    assert.ok(error);
    assert.ok(stack.azure.requests.some(({ fault }) => fault === 'cutJson'));
    const pieces = secret.match(/.{8}/g) ?? [];
    assert.ok(pieces.length > 10);
    assert.deepEqual(
      pieces.filter((piece) => error.all.includes(piece)),
      [],
    );
  });

  test('gets the name of a resource group that does not exist', async () => {
    const { stdout } = await runNode(
      program,
      ['showActivationKey', idOf('edge-1').replace('/edge-rg/', '/egde-rg/')],
      stack.operatorEnv,
    );
    const { error } = JSON.parse(stdout) as Read;
    assert.equal(error?.type, 'NotFound');
    assert.match(error.all, /^the resource group "egde-rg" does not exist in the subscription/m);
  });

  test('gets the name of a deleted vault, and only the command that recovers it', async () => {
    const { state, control } = stack.azure;
    const vault = Object.values(state.vaults).find(({ name }) => name.startsWith('ase-edge1-'));
    assert.ok(vault);
    control.removeLock({ scope: vault.id, name: 'ase-key-vault-lock' });
    control.softDeleteVault({ vaultName: vault.name });
    const recover = [{ action: 'recoverKeyVault', deviceId: idOf('edge-1') }];
    for (const [call, type] of [
      ['showActivationKey', 'NoActivationKey'],
      ['readAuditLog', 'NotFound'],
    ] as const) {
      const { error } = await read(call, 'edge-1');
      assert.deepEqual([error?.type, error?.actions], [type, recover]);
      const said = `^the key vault "${vault.name}" of edge-1 is deleted, and recoverable until 20\\d\\d-.*Z$`;
      assert.match(error?.all ?? '', new RegExp(said, 'm'));
    }
  });
});
