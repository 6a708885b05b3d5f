import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { judgePosture } from '../../domain/posture.ts';
import { device } from './samples.ts';
import {
  activationKey,
  asPromised,
  day,
  entryOf,
  live,
  lockOn,
  now,
  online,
  stranger,
  vault,
} from './posture-samples.ts';

const { locks } = asPromised;
const group = vault.id.split('/providers/')[0]!;

suite('the posture', () => {
  test('shows the state of the device, its identity and its link', () => {
    const { at, integration, device: shown, link } = judgePosture(asPromised);
    assert.equal(at, '2026-03-01T12:00:00.000Z');
    assert.equal(integration, 'integrated');
    assert.equal(shown.activated, false);
    assert.equal(shown.identity, 'enabled');
    assert.equal(shown.principalId, device.principalId);
    assert.equal(link?.channelIntegrityKey?.state, 'enabled');
    assert.equal(link?.syncStatus, 'KeyVaultNotSynced');
  });

  test('omits everything that is unknown', () => {
    const { tenantId: _tenantId, ...known } = asPromised.device;
    const { device: shown, link } = judgePosture({ ...asPromised, device: known, link: { found: {} } });
    assert.ok(!('tenantId' in shown));
    assert.deepEqual(link, {});
  });

  test('shows since when a vault is deleted and until when it can be recovered', () => {
    const dates = { deletedOn: '2026-02-01', purgedOn: '2026-05-02' };
    const deleted = { vaultId: vault.id, name: vault.name, tags: vault.tags, ...dates };
    const { keyVault } = judgePosture({
      ...asPromised,
      keyVault: { found: { name: vault.name, whereabouts: { state: 'deleted', deleted } } },
    });
    assert.deepEqual(keyVault, { name: vault.name, state: 'deleted', id: vault.id, ...dates });
  });

  test('shows a setting without a destination without an account, and a missing account as absent', () => {
    const { diagnosticSettings } = judgePosture({
      ...asPromised,
      diagnosticSettings: {
        found: [
          { name: 'to-a-workspace', auditEvents: true },
          { name: 'ghost', auditEvents: true, storageAccountId: `${vault.id}-gone` },
        ],
      },
      accounts: [{ id: `${vault.id}-gone`, account: 'absent', locks: 'absent' }],
    });
    assert.deepEqual(diagnosticSettings, [
      { name: 'to-a-workspace', auditEvents: true },
      { name: 'ghost', auditEvents: true, storageAccount: { id: `${vault.id}-gone`, state: 'absent' } },
    ]);
  });

  test('shows the state of the vault', () => {
    const { keyVault } = judgePosture({
      ...asPromised,
      keyVault: live({ purgeProtection: true, network: 'restricted' }),
    });
    assert.deepEqual(keyVault, {
      state: 'live',
      id: vault.id,
      name: vault.name,
      uri: vault.uri,
      sku: 'standard',
      softDelete: true,
      retentionDays: 90,
      purgeProtection: true,
      permissionModel: 'access policies',
      network: 'restricted',
      owner: 'this device',
      tags: 'this device',
      provisioned: true,
    });
  });

  test('shows the owner of each lock', () => {
    const found = [lockOn(vault.id, 'ase-key-vault-lock'), { ...lockOn(vault.id, 'portal'), notes: 'keep' }];
    const { locks: shown } = judgePosture({
      ...asPromised,
      locks: { ...locks, keyVault: { found }, group: { found: [lockOn(group, 'ase-key-vault-lock')] } },
    });
    assert.deepEqual(
      shown?.map(({ name, whose, notes }) => [name, whose, notes]),
      [
        ['ase-key-vault-lock', 'ours', undefined],
        ['portal', 'foreign', 'keep'],
        ['ase-key-vault-lock', 'inherited', undefined],
      ],
    );
  });

  test('shows the owner of each access policy, and excess rights', () => {
    const policies = [...vault.accessPolicies, entryOf(stranger, ['get'])];
    const { accessPolicies } = judgePosture({ ...asPromised, keyVault: live({ accessPolicies: policies }) });
    assert.deepEqual(
      accessPolicies?.map(({ whose, rights, beyond }) => [whose, rights, beyond]),
      [
        ['device', ['get', 'set'], []],
        ['worker', ['get', 'set', 'list'], []],
        ['key reader', ['get'], []],
        ['foreign', ['get'], ['get']],
      ],
    );
  });

  test('recognises the access of the device while its identity is disabled', () => {
    const { principalId: _, ...withoutIdentity } = asPromised.device;
    const { accessPolicies, device: shown } = judgePosture({ ...asPromised, device: withoutIdentity });
    assert.equal(shown.identity, 'disabled');
    assert.equal(accessPolicies?.[0]?.whose, 'device');
  });

  test('shows the destination of the audit events', () => {
    const [setting] = judgePosture(asPromised).diagnosticSettings ?? [];
    assert.equal(setting?.auditEvents, true);
    assert.deepEqual(setting?.storageAccount, {
      id: asPromised.accounts[0]!.id,
      state: 'there',
      sku: 'Standard_ZRS',
      owner: 'this device',
      locks: ['CanNotDelete'],
    });
  });

  test('shows secrets by name, kind and age by the clock of the vault', () => {
    const found = [
      { name: 'BMCDefaultUserPassword', enabled: true, createdOn: now - 3 * day + 1 },
      { name: 'my-own', enabled: false, createdOn: now + 5, expiresOn: now },
    ];
    assert.deepEqual(judgePosture({ ...asPromised, secrets: { found } }).secrets, [
      {
        name: 'BMCDefaultUserPassword',
        kind: 'BMC password',
        enabled: true,
        createdOn: '2026-02-26T12:00:00.001Z',
        ageDays: 2,
      },
      {
        name: 'my-own',
        kind: 'foreign',
        enabled: false,
        createdOn: '2026-03-01T12:00:00.005Z',
        expiresOn: '2026-03-01T12:00:00.000Z',
        ageDays: 0,
      },
    ]);
  });

  test('shows the newest enabled activation key, and how many have expired', () => {
    const old = activationKey({ version: 'k0', createdOn: now - 5 * day, expiresOn: now - 2 * day });
    const off = activationKey({ version: 'k2', createdOn: now, enabled: false });
    assert.deepEqual(
      judgePosture({ ...asPromised, activationKeys: { found: [old, activationKey(), off] } }).activationKey,
      {
        version: 'k1',
        fingerprint: '0123456789abcdef',
        expiresOn: '2026-03-03T12:00:00.000Z',
        state: 'live',
        expiredButEnabled: 1,
      },
    );
  });

  test('distinguishes a device from before the integration from a device without a vault yet', () => {
    const without = { keyVault: 'absent', link: { found: {} } } as const;
    assert.equal(judgePosture({ ...online, ...without }).integration, 'before');
    assert.equal(judgePosture({ ...asPromised, ...without }).integration, 'not yet');
    const blind = { unseen: 'MissingPermission', why: 'no' } as const;
    const unknown = judgePosture({ ...online, keyVault: blind, link: blind });
    assert.equal(unknown.integration, 'unknown');
    assert.equal(unknown.drift.length, 2);
  });

  test('names the unreadable parts and shows the rest', () => {
    const blind = { unseen: 'VaultNetworkClosed', why: 'closed' } as const;
    const posture = judgePosture({ ...asPromised, secrets: blind, activationKeys: blind, channelIntegrityKeys: blind });
    assert.deepEqual(
      posture.unseen.map(({ part }) => part),
      ['the secrets', 'the activation keys', 'the channel integrity key'],
    );
    assert.equal(posture.secrets, undefined);
    assert.equal(posture.link?.channelIntegrityKey?.state, 'unknown');
    assert.equal(posture.locks?.length, 1);
  });
});
