import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findDrift } from '../../domain/drift.ts';
import type { Drift } from '../../domain/drift-line.ts';
import type { PostureFindings } from '../../domain/posture-findings.ts';
import { type Unseen, stateTag } from '../../domain/ownership.ts';
import { device } from './samples.ts';
import {
  activationKey,
  asPromised,
  cik,
  entryOf,
  keyReader,
  live,
  lockOn,
  now,
  online,
  stranger,
  vault,
  worker,
} from './posture-samples.ts';

const { link, locks, accounts } = asPromised;
const linked = 'found' in (link as object) ? (link as { found: object }).found : {};
const group = vault.id.split('/providers/')[0]!;
const elsewhere = vault.id.replace('edge-rg', 'other-rg');
const forbidden: Unseen = { unseen: 'MissingPermission', why: 'no' };
const account = accounts[0]!;

const away = (whereabouts: object): Partial<PostureFindings> => ({
  keyVault: { found: { name: vault.name, whereabouts } } as PostureFindings['keyVault'],
});
const policies = (...accessPolicies: typeof vault.accessPolicies): Partial<PostureFindings> => ({
  keyVault: live({ accessPolicies }),
});
const [ofDevice, ofWorker, ofReader] = vault.accessPolicies as [
  (typeof vault.accessPolicies)[0],
  (typeof vault.accessPolicies)[0],
  (typeof vault.accessPolicies)[0],
];
const withoutIdentity = (): PostureFindings['device'] => {
  const { principalId: _, ...rest } = asPromised.device;
  return rest;
};

type Line = `${Drift['what']}: ${Drift['repair']}, ${Drift['severity']}`;
const linesOf = (findings: PostureFindings): Line[] =>
  findDrift(findings).map(({ what, repair, severity }): Line => `${what}: ${repair}, ${severity}`);

suite('one line of drift for', () => {
  const cases: [why: string, spoilt: Partial<PostureFindings>, line: Line, found: RegExp, base?: PostureFindings][] = [
    ['a disabled identity', { device: withoutIdentity() }, 'identity: ask its owner, critical', /is disabled/],
    [
      'a deleted vault',
      away({ state: 'deleted', deleted: { name: vault.name, vaultId: vault.id, tags: {}, purgedOn: '2026-05-30' } }),
      'key vault: vault recover, critical',
      /recoverable until 2026-05-30/,
    ],
    [
      'a name that a deleted vault of another group holds',
      away({ state: 'deleted elsewhere', deleted: { name: vault.name, vaultId: elsewhere, tags: {} } }),
      'key vault: ask its owner, critical',
      /other-rg/,
    ],
    [
      'a moved vault',
      away({ state: 'moved', vaultId: elsewhere }),
      'key vault: ask its owner, critical',
      /moved to .*other-rg/,
    ],
    ['a vault that is gone', away({ state: 'gone' }), 'key vault: key generate, critical', /is gone/],
    [
      'a vault that is gone under an activated device',
      away({ state: 'gone' }),
      'key vault: vault recover, critical',
      /is gone/,
      online,
    ],
    [
      'a vault that cannot be located',
      away({ state: 'unknown', missing: 'Microsoft.KeyVault/vaults/read' }),
      'sight: ask its owner, warning',
      /needs Microsoft\.KeyVault\/vaults\/read/,
    ],
    [
      'the other permission model',
      { keyVault: live({ usesRbac: true, accessPolicies: [] }) },
      'permission model: ask its owner, critical',
      /Azure RBAC/,
    ],
    ['no soft delete', { keyVault: live({ softDelete: false }) }, 'soft delete: ask its owner, warning', /is off/],
    [
      'a short retention',
      { keyVault: live({ retentionDays: 7 }) },
      'soft delete: ask its owner, warning',
      /for 7 days/,
    ],
    [
      'tags of another device',
      { keyVault: live({ tags: { 'ase-device-hash': '0' } }) },
      'marks: ask its owner, critical',
      /another device/,
    ],
    [
      'tags of a former identity',
      { keyVault: live({ tags: { ...vault.tags, 'ase-device-principal': stranger } }) },
      'marks: device repair, warning',
      /former identity/,
    ],
    ['tags that are gone', { keyVault: live({ tags: {} }) }, 'marks: device repair, notice', /lacks our tags/],
    [
      'a vault without a lock',
      { locks: { ...locks, keyVault: { found: [] } } },
      'lock: device repair, warning',
      /no lock of its own/,
    ],
    [
      'a vault that only its group locks',
      {
        locks: { ...locks, keyVault: { found: [lockOn(group, 'group')] }, group: { found: [lockOn(group, 'group')] } },
      },
      'lock: device repair, warning',
      /no lock of its own/,
    ],
    [
      'a ReadOnly lock above it',
      { locks: { ...locks, group: { found: [{ ...lockOn(group, 'frozen', 'ReadOnly'), notes: 'ask Ada' }] } } },
      'read-only lock: ask its owner, warning',
      /"frozen" .*"ask Ada"/,
    ],
    [
      'a device without access',
      policies(ofWorker, ofReader),
      'device access: device repair, critical',
      /has no access/,
    ],
    [
      'a device with too little access',
      policies(entryOf(device.principalId, ['get']), ofWorker, ofReader),
      'device access: device repair, critical',
      /lacks set/,
    ],
    [
      'a device with too much access',
      policies({ ...ofDevice, permissions: { secrets: ['get', 'set'], keys: ['get'] } }, ofWorker, ofReader),
      'device access: device repair, warning',
      /holds keys get as well/,
    ],
    [
      'a device that holds all rights',
      policies(entryOf(device.principalId, ['All']), ofWorker, ofReader),
      'device access: device repair, warning',
      /holds all as well/,
    ],
    [
      'a worker without access',
      policies(ofDevice, ofReader),
      'worker access: device repair, warning',
      /the worker has no/,
    ],
    [
      'a worker with too little access',
      policies(ofDevice, entryOf(worker, ['get', 'set']), ofReader),
      'worker access: device repair, warning',
      /the worker lacks list/,
    ],
    [
      'a worker with too much access',
      policies(ofDevice, entryOf(worker, ['get', 'set', 'list', 'delete']), ofReader),
      'worker access: ask its owner, notice',
      /the worker holds delete as well/,
    ],
    [
      'a key reader without access',
      policies(ofDevice, ofWorker),
      'key reader access: device repair, warning',
      new RegExp(`${keyReader} has no access`),
    ],
    [
      'a key reader with too much access',
      policies(ofDevice, ofWorker, entryOf(keyReader, ['get', 'list'])),
      'key reader access: ask its owner, notice',
      /holds list as well/,
    ],
    [
      'access of a stranger',
      policies(ofDevice, ofWorker, ofReader, entryOf(stranger, ['get'])),
      'foreign access: ask its owner, notice',
      /the foreign principal .* holds get/,
    ],
    [
      'an application that acts for the device',
      policies(ofDevice, ofWorker, ofReader, { ...ofDevice, applicationId: stranger }),
      'foreign access: ask its owner, notice',
      /the foreign principal .* holds get, set/,
    ],
    [
      'no diagnostic setting',
      { diagnosticSettings: { found: [] } },
      'audit trail: device repair, warning',
      /to no storage account/,
    ],
    [
      'a setting without audit events',
      { diagnosticSettings: { found: [{ name: 'x', storageAccountId: account.id, auditEvents: false }] } },
      'audit trail: device repair, warning',
      /to no storage account/,
    ],
    [
      'a storage account that is gone',
      { accounts: [{ ...account, account: 'absent', locks: 'absent' }] },
      'audit trail: device repair, warning',
      /aseedge1audit, which does not exist/,
    ],
    [
      'a storage account without a lock',
      { accounts: [{ ...account, locks: { found: [] } }] },
      'audit storage lock: device repair, warning',
      /aseedge1audit has no lock/,
    ],
    [
      'a foreign storage account without a lock',
      { accounts: [{ ...account, account: { found: { tags: {}, sku: 'x' } }, locks: { found: [] } }] },
      'audit storage lock: ask its owner, warning',
      /aseedge1audit has no lock/,
    ],
    ['a vault that is not linked', { link: { found: {} } }, 'link: key generate, critical', /names no vault/],
    [
      'a vault that an activated device has lost',
      { link: { found: {} } },
      'link: device repair, critical',
      /names no vault/,
      online,
    ],
    [
      'a link of an activated device to another vault, whose key is here',
      { link: { found: { ...linked, vaultId: elsewhere } } },
      'link: device repair, critical',
      /names .*other-rg/,
      online,
    ],
    [
      'a link with another URI',
      { link: { found: { ...linked, vaultUri: 'https://elsewhere/' } } },
      'link: key generate, critical',
      /has https:\/\/elsewhere\//,
    ],
    [
      'a deleted channel integrity key',
      { channelIntegrityKeys: { found: 'deleted' } },
      'channel integrity key: ask its owner, critical',
      /is deleted and recoverable/,
    ],
    [
      'a disabled channel integrity key',
      { channelIntegrityKeys: { found: [{ version: cik.version, enabled: false, createdOn: now, tags: {} }] } },
      'channel integrity key: ask its owner, critical',
      /version c1 of ase-cik-.* is disabled/,
    ],
    [
      'a missing channel integrity key',
      { channelIntegrityKeys: 'absent' },
      'channel integrity key: key generate, critical',
      /is not in the vault/,
    ],
    [
      'a missing version of it under an activated device',
      { channelIntegrityKeys: { found: [{ version: 'c2', enabled: true, createdOn: now, tags: {} }] } },
      'channel integrity key: ask its owner, critical',
      /is not in the vault/,
      online,
    ],
    [
      'an expired activation key',
      { activationKeys: { found: [activationKey({ expiresOn: now })] } },
      'activation key: key generate, notice',
      /expired on 2026-03-01T12:00/,
    ],
    [
      'a disabled activation key',
      { activationKeys: { found: [activationKey({ enabled: false })] } },
      'activation key: key generate, notice',
      /no version is enabled/,
    ],
    [
      'a device that could not write its secrets',
      { link: { found: { ...linked, syncStatus: 'KeyVaultSyncFailed' } } },
      'secret sync: vault recover, critical',
      /KeyVaultSyncFailed/,
      online,
    ],
    [
      'a firewall that excludes the worker',
      { secrets: { unseen: 'VaultNetworkClosed', why: 'not authorized' } },
      'sight: ask its owner, warning',
      /the secrets cannot be read: VaultNetworkClosed, not authorized/,
    ],
    ['a record that may not be read', { link: forbidden }, 'sight: ask its owner, warning', /the device's record/],
    [
      'locks that may not be read',
      { locks: { ...locks, keyVault: forbidden } },
      'sight: ask its owner, warning',
      /the locks of the key vault/,
    ],
    [
      'a storage account that may not be read',
      { accounts: [{ ...account, account: forbidden }] },
      'sight: ask its owner, warning',
      /the storage account aseedge1audit/,
    ],
  ];
  for (const [why, spoilt, line, found, base = asPromised] of cases) {
    test(why, () => {
      const findings = { ...base, ...spoilt };
      assert.deepEqual(linesOf(findings), [line]);
      assert.match(findDrift(findings)[0]?.found ?? '', found);
    });
  }

  test('a link of an activated device to a vault that was lost with its key, with a recovery as the remedy', () => {
    const findings = {
      ...online,
      link: { found: { ...linked, vaultId: elsewhere } },
      channelIntegrityKeys: 'absent' as const,
    };
    assert.deepEqual(linesOf(findings), [
      'link: vault recover, critical',
      'channel integrity key: ask its owner, critical',
    ]);
  });

  test('a vault that a former device left on purpose, for its owner', () => {
    const tags = { ...vault.tags, 'ase-device-principal': stranger, [stateTag]: 'retained' };
    const findings = { ...asPromised, keyVault: live({ tags }) };
    assert.deepEqual(linesOf(findings), ['marks: ask its owner, critical']);
    assert.match(findDrift(findings)[0]?.found ?? '', /belongs to a former device of the same name/);
  });

  test('each breach if there are several', () => {
    const findings = { ...asPromised, ...policies(), locks: { ...locks, keyVault: { found: [] } } };
    assert.equal(findDrift(findings).length, 4);
  });

  test('access that the worker lacks, once even if the worker is a key reader as well', () => {
    const findings = { ...asPromised, ...policies(ofDevice), keyReaders: [worker.toUpperCase()] };
    assert.deepEqual(linesOf(findings), ['worker access: device repair, warning']);
  });

  test('each part that is unreadable for lack of a right, whatever else is lacking', () => {
    const findings = { ...asPromised, ...policies(ofDevice, ofReader), secrets: forbidden };
    assert.equal(linesOf(findings).length, 2);
  });

  test('each part that is unreadable for no known reason', () => {
    const blind: Unseen = { unseen: 'GrantPropagating', why: 'no list' };
    const findings = { ...asPromised, locks: { ...locks, keyVault: { found: [] } }, secrets: blind };
    assert.ok(linesOf(findings).some((line) => line.startsWith('sight')));
  });

  test('a deleted vault, with the date of its purge if that is known', () => {
    const deleted = { vaultId: vault.id };
    const whereabouts = (also: object) => away({ state: 'deleted', deleted: { ...deleted, ...also } });
    const found = (also: object) => findDrift({ ...asPromised, ...whereabouts(also) })[0]?.found ?? '';
    assert.match(found({ purgedOn: '2026-04-01' }), /is deleted and recoverable until 2026-04-01$/);
    assert.match(found({}), /is deleted$/);
  });

  test('access that the worker lacks, and not for the parts that are unreadable without it', () => {
    const blind: Unseen = { unseen: 'GrantPropagating', why: 'no list' };
    const findings = { ...asPromised, ...policies(ofDevice, ofReader), secrets: blind, activationKeys: blind };
    assert.deepEqual(linesOf(findings), ['worker access: device repair, warning']);
    const unlocked = { ...findings, locks: { ...locks, keyVault: { found: [] } } };
    assert.ok(!linesOf(unlocked).some((line) => line.startsWith('sight')));
  });
});

suite('there is no drift for', () => {
  const cases: [why: string, findings: PostureFindings][] = [
    ['resources without drift', asPromised],
    ['an activated device', online],
    [
      'an activated device whose key has expired since',
      { ...online, activationKeys: { found: [activationKey({ expiresOn: now })] } },
    ],
    [
      'a device from before the integration',
      { ...online, keyVault: 'absent', link: { found: {} }, locks: { ...locks, keyVault: 'absent' } },
    ],
    ['a device without a request for a key', { ...asPromised, keyVault: 'absent', link: { found: {} } }],
    [
      'a vault that the portal made',
      {
        ...online,
        keyVault: live({ tags: { portal: 'yes' } }),
        locks: { ...locks, keyVault: { found: [lockOn(vault.id, 'PortalLock')] } },
        accounts: [{ ...account, account: { found: { tags: {}, sku: 'Standard_ZRS' } } }],
        activationKeys: 'absent',
      },
    ],
    [
      'rights in another letter case',
      { ...asPromised, ...policies(entryOf(device.principalId.toUpperCase(), ['GET', 'SET']), ofWorker, ofReader) },
    ],
    ['an entry without rights', { ...asPromised, ...policies(...vault.accessPolicies, entryOf(stranger, [])) }],
  ];
  for (const [why, findings] of cases) test(why, () => assert.deepEqual(findDrift(findings), []));
});
