/**
 * Every row of the troubleshooting table in the documentation of the device (azure-stack-edge-gpu-troubleshoot-activation,
 * 09/08/2021): what the product calls the failure, what it says, and that the way back leads back.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { failureEntry, type FailureType } from '../../domain/failures.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { activationActions } from '../../domain/rights.ts';
import { linkedSecret } from '../../local-azure/data-box-edge/linked-secret.ts';
import { activate } from '../../local-azure/device/activate.ts';
import { openEncryptionKey } from '../../local-azure/encryption-key.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import { awaitActivationKeyUpdate } from '../../workflows/messages.ts';
import { assertActivatable } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import {
  blockOf,
  createWorld,
  decide,
  keyFrom,
  runToEnd,
  runToRest,
  type World,
  type WorldOptions,
} from '../harness/world.ts';
import { activatedWorld, inspect, linesOf, onlineWorld, repair } from './looks.ts';
import {
  assertInService,
  day,
  deleteVault,
  edgeOf,
  endOf,
  liveVault,
  lostVault,
  recover,
  recoveryAtRest,
} from './recovery.ts';

/** The block that a run waits in, its text, and who acts. */
const assertBlocked = async (run: Run, failure: FailureType, step: string, message: RegExp): Promise<void> => {
  const block = await blockOf(run);
  assert.deepEqual([block.failure, block.step], [failure, step]);
  assert.match(block.message, message);
  assert.equal(block.remedy, failureEntry(failure).remedy);
};

const generating = async (
  options: WorldOptions,
  arrange: (world: World) => unknown,
  audit: 'first' | 'after' = 'first',
) => {
  const world = await createWorld(options);
  await arrange(world);
  const run = await world.generate({ audit });
  await runToRest(world, run);
  return { world, run };
};

/** Whether the service can still encrypt for an activated device: Add user, Add share and Configure compute need it. */
const encrypts = (world: World): boolean => {
  const { link, encryption } = edgeOf(world);
  const key = linkedSecret(world.azure.state, link);
  return key !== undefined && openEncryptionKey(encryption?.sealed ?? '', key) !== undefined;
};

const driftOf = async (world: World): Promise<string[]> => linesOf((await inspect(world)).drift);

const keySecretOf = (world: World, vault: { name: string }) => {
  const { channelIntegrityKeyName = '' } = edgeOf(world).link;
  const secret = liveVault(world, vault).secrets[channelIntegrityKeyName.toLowerCase()];
  assert.ok(secret);
  return secret;
};

const deletedNow = (world: World) => {
  const now = world.clock.now();
  return { at: now, visibleFrom: now, purgeAt: now + 90 * day };
};

suite('a deleted key vault', () => {
  test('before the activation prevents the activation by any key, and is recovered', async () => {
    const { world, vault } = await activatedWorld();
    const key = vault.secrets['ase-activation-key']?.versions.at(-1)?.value ?? '';
    deleteVault(world, vault);
    assert.equal((await activate(world.azure, 'edge-1', key)).activated, false);
    assert.deepEqual(await driftOf(world), ['key vault: vault recover']);
    assertInService(world, await recover(world));
    assert.equal((await world.pasteKey(vault.name)).activated, true);
  });

  test('after the activation prevents encryption, and is recovered', async () => {
    const { world } = await lostVault();
    assert.equal(encrypts(world), false);
    assert.deepEqual(await driftOf(world), ['key vault: vault recover']);
    assertInService(world, await recover(world));
    assert.equal(encrypts(world), true);
  });

  test('more than 90 days later is replaced by a new one', async () => {
    const { world } = await lostVault();
    world.clock.advanceTo(world.clock.now() + 91 * day);
    const run = await recoveryAtRest(world);
    await assertBlocked(run, 'VaultPurged', 'planRecovery', /is purged or its 90 days are over/);
    await decide(run, { input: (await blockOf(run)).retryWith ?? {} });
    assert.equal((await endOf(world, run)).made, true);
  });
});

suite('the generation of a key that fails', () => {
  test('because the ports to the vault are closed names the address that does not answer, and resumes once they are open', async () => {
    let closed = true;
    const { world, run } = await generating(
      {
        meddle: (request, pass) =>
          closed && new URL(request.url).host.startsWith('ase-edge1-')
            ? Promise.reject(Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }))
            : pass(request),
      },
      () => undefined,
    );
    await assertBlocked(
      run,
      'AzureUnavailable',
      'ensureKeyVault',
      /no answer from ase-edge1-[0-9a-f]{9}\.vault\.localhost/,
    );
    closed = false;
    assertActivatable(world.azure, world.device(), await runToEnd(world, run));
  });

  test('because the user may only read names all missing rights, and resumes with the role', async () => {
    const writing = activationActions.filter((action) => !/\/read$|getExtended/.test(action));
    const { world, run } = await generating({}, ({ azure }) => {
      for (const action of writing) azure.control.takeRight({ principal: 'worker', action });
    });
    await assertBlocked(run, 'MissingPermission', 'planActivation', new RegExp(`lacks ${writing.join(', ')} on /sub`));
    for (const action of writing) world.azure.control.giveBackRight({ principal: 'worker', action });
    assertActivatable(world.azure, world.device(), await runToEnd(world, run));
  });

  test('because Microsoft.KeyVault cannot be registered creates no key before it is', async () => {
    const namespace = 'Microsoft.KeyVault';
    const { world, run } = await generating({}, ({ azure }) => azure.control.neverRegister({ namespace }));
    await assertBlocked(run, 'ProviderNotReady', 'registerProviders', /Microsoft\.KeyVault is Registering/);
    assert.deepEqual(world.versionsOf('ase-activation-key'), []);
    world.azure.control.letRegister({ namespace });
    assertActivatable(world.azure, world.device(), await runToEnd(world, run));
  });
});

/** With the key out first, as the documentation has it; the wait for the trail can be skipped, and repaired later. */
const assertNotBlocking = async (
  { world, run }: { world: World; run: Run },
  mend: (world: World) => unknown,
): Promise<void> => {
  const { result } = await run.update(awaitActivationKeyUpdate);
  assert.match(keyFrom(await result).fingerprint, /^[0-9a-f]{16}$/);
  await decide(run, { decision: 'skip' });
  const { audit, keyVault } = await runToEnd(world, run);
  assert.equal(audit, 'skipped');
  assert.deepEqual(await driftOf(world), ['audit trail: device repair']);
  await mend(world);
  assert.deepEqual(linesOf((await repair(world)).left), []);
  assert.equal((await world.pasteKey(keyVault.name)).activated, true);
};

suite('the key is created all the same if', () => {
  test('Microsoft.Storage cannot be registered', async () => {
    const namespace = 'Microsoft.Storage';
    const made = await generating({}, ({ azure }) => azure.control.neverRegister({ namespace }), 'after');
    await assertBlocked(made.run, 'ProviderNotReady', 'awaitAuditStorage', /Microsoft\.Storage is Registering/);
    await assertNotBlocking(made, ({ azure }) => azure.control.letRegister({ namespace }));
  });

  test('the diagnostic setting cannot be created', async () => {
    const right = { principal: 'worker', action: 'Microsoft.Insights/diagnosticSettings/write' };
    const made = await generating({}, ({ azure }) => azure.control.takeRight(right), 'after');
    await assertBlocked(made.run, 'MissingPermission', 'ensureDiagnosticSetting', /diagnosticSettings\/write/);
    await assertNotBlocking(made, ({ azure }) => azure.control.giveBackRight(right));
  });

  test('the storage account cannot be created, since its names are taken', async () => {
    let taken = true;
    const made = await generating(
      {
        meddle: (request, pass) =>
          taken && request.method === 'PUT' && request.url.includes('/storageAccounts/ase')
            ? Promise.resolve(
                Response.json({ error: { code: 'StorageAccountAlreadyTaken', message: 'no' } }, { status: 409 }),
              )
            : pass(request),
      },
      () => undefined,
      'after',
    );
    await assertBlocked(made.run, 'StorageNameTaken', 'awaitAuditStorage', /^others own the storage account names/);
    await assertNotBlocking(made, () => (taken = false));
  });
});

suite('a deleted channel integrity key', () => {
  test('in use stops encryption, is recovered before its purge date, and works as before', async () => {
    const { world, vault } = await onlineWorld();
    keySecretOf(world, vault).deletion = deletedNow(world);
    assert.equal(encrypts(world), false);
    assert.deepEqual(await driftOf(world), ['channel integrity key: ask its owner']);
    const { state, toDo } = (await recover(world)).channelIntegrityKey;
    assert.equal(state, 'deleted');
    assert.match(toDo ?? '', /^Recover the secret "ase-cik-.*" in the vault "ase-edge1-/);
    delete keySecretOf(world, vault).deletion;
    assert.equal((await recover(world)).channelIntegrityKey.state, 'as linked');
    assert.equal(encrypts(world), true);
    assert.equal(edgeOf(world).syncStatus, 'KeyVaultSynced');
  });

  test('that was disabled before is deleted all the same, although Azure refuses to show it', async () => {
    const { world, vault } = await onlineWorld();
    const secret = keySecretOf(world, vault);
    for (const { attributes } of secret.versions) attributes.enabled = false;
    secret.deletion = deletedNow(world);
    assert.equal((await recover(world)).channelIntegrityKey.state, 'deleted');
  });

  test('in use and purged is restored from its backup', async () => {
    const { world, vault } = await onlineWorld();
    const backup = structuredClone(keySecretOf(world, vault));
    delete vault.secrets[backup.name.toLowerCase()];
    const { state, toDo } = (await recover(world)).channelIntegrityKey;
    assert.equal(state, 'missing');
    assert.match(toDo ?? '', /^Restore a backup .* Without one, ask Microsoft's support\.$/);
    liveVault(world, vault).secrets[backup.name.toLowerCase()] = backup;
    assert.equal((await recover(world)).channelIntegrityKey.state, 'as linked');
    assert.equal(encrypts(world), true);
  });

  test('before the activation and purged is created again with the next key, and the record follows', async () => {
    const { world, vault } = await activatedWorld();
    delete vault.secrets[keySecretOf(world, vault).name.toLowerCase()];
    const blocked = await world.regenerate({ supersede: true });
    await runToRest(world, blocked);
    await assertBlocked(blocked, 'CikMissing', 'assertChannelIntegrityKey', /is not in the vault/);
    await decide(blocked, { decision: 'abort' });
    await runToRest(world, blocked);
    assertActivatable(world.azure, world.device(), await runToEnd(world, await world.generate()));
    assert.equal((await world.pasteKey(vault.name)).activated, true);
  });
});

/** Policies as somebody in the portal would leave them, in effect at once. */
const withoutDevice = (world: World, vault: Vault): void => {
  const policies = vault.accessPolicies.filter(({ objectId }) => objectId !== edgeOf(world).principalId);
  Object.assign(vault, { accessPolicies: policies, policyVersions: [{ from: 0, policies }] });
};

const setIdentity = (world: World, type: 'None' | 'SystemAssigned') =>
  world.asOwner('PATCH', world.device().id, '2021-06-01', { identity: { type } });

suite('a managed identity', () => {
  test('that was deleted is reported as missing, and a new one gets the access of the old one', async () => {
    const { world } = await onlineWorld();
    await setIdentity(world, 'None');
    assert.ok((await driftOf(world)).includes('identity: ask its owner'));
    const run = await recoveryAtRest(world);
    await assertBlocked(run, 'IdentityDisabled', 'planRecovery', /"edge-1" has no system-assigned managed identity/);
    await setIdentity(world, 'SystemAssigned');
    assertInService(world, await endOf(world, run));
    await recover(world);
    assert.equal(edgeOf(world).syncStatus, 'KeyVaultSynced');
  });

  test('without access to the vault gets it again', async () => {
    const { world, vault } = await onlineWorld();
    withoutDevice(world, vault);
    assert.deepEqual(await driftOf(world), ['device access: device repair']);
    assertInService(world, await recover(world));
  });
});

const inGroup = (world: World, vault: Vault, group: string): void => {
  const id = keyVaultIdOf({ ...world.device(), resourceGroup: group }, vault.name);
  world.azure.state.vaults[vault.name] = { ...vault, id, group };
};

suite('a move of', () => {
  test('a key vault to another group is found there, and the vault works again after it is moved back', async () => {
    const { world, vault } = await onlineWorld();
    inGroup(world, vault, 'other-rg');
    assert.deepEqual(await driftOf(world), ['key vault: ask its owner']);
    const run = await recoveryAtRest(world);
    await assertBlocked(
      run,
      'VaultElsewhere',
      'planRecovery',
      /is active as .*other-rg.*, and the device is in .*edge-rg$/,
    );
    inGroup(world, vault, 'edge-rg');
    await decide(run, {});
    await endOf(world, run);
    assert.equal(encrypts(world), true);
  });

  test('the subscription to another tenant makes the vault refuse the new identity until it is moved as well', async () => {
    const { world, vault } = await onlineWorld();
    const { tenantId } = vault;
    const former = '99999999-9999-9999-9999-999999999999';
    const policies = vault.accessPolicies.map((entry) => ({ ...entry, tenantId: former }));
    Object.assign(vault, { tenantId: former, accessPolicies: policies, policyVersions: [{ from: 0, policies }] });
    const run = await recoveryAtRest(world);
    await assertBlocked(run, 'RequestRefused', 'ensureKeyVaultInService', /TenantId/);
    Object.assign(liveVault(world, vault), { tenantId, accessPolicies: [], policyVersions: [] });
    await decide(run, {});
    assertInService(world, await endOf(world, run));
  });

  test('the audit account is reported as drift, and another account replaces it', async () => {
    const { world, vault } = await onlineWorld();
    const [account] = Object.values(world.azure.state.storageAccounts);
    assert.ok(account);
    const id = account.id.replace('edge-rg', 'other-rg');
    world.azure.state.storageAccounts[account.name] = { ...account, id, group: 'other-rg' };
    assert.deepEqual(await driftOf(world), ['audit trail: device repair']);
    const { left } = await repair(world);
    assert.deepEqual(linesOf(left), []);
    assert.equal(Object.keys(world.azure.state.storageAccounts).length, 2);
    assert.ok(liveVault(world, vault));
  });
});

test('a network restriction on the vault is distinguished from its deletion, and the operation resumes after it is removed', async () => {
  const { world, vault } = await onlineWorld();
  world.azure.control.closeFirewall({ vaultName: vault.name });
  const run = await recoveryAtRest(world);
  await assertBlocked(run, 'VaultNetworkClosed', 'ensureKeyVaultInService', /firewall|not authorized|network/i);
  world.azure.control.openFirewall({ vaultName: vault.name });
  assertInService(world, await endOf(world, run));
});
