/** Which vault is a device's own, and what is to be done with it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  chooseKeyVaultName,
  keyVaultIdOf,
  nameTaken,
  planKeyVault,
  refusalOf,
  type DeletedKeyVault,
  type KeyVault,
  type KeyVaultFound,
  type KeyVaultPlan,
  type KeyVaultWish,
} from '../../domain/key-vault.ts';
import { defaultKeyVaultName, proposeKeyVaultName } from '../../domain/names.ts';
import { ownershipTags, type Ownership, type Tags } from '../../domain/ownership.ts';
import { device } from './samples.ts';
import type { DeviceLink } from '../../domain/device.ts';

const name = 'the-vault';
const id = keyVaultIdOf(device, name);
const ours = ownershipTags(device);
const ofFormer = ownershipTags({ ...device, principalId: 'of-the-device-before' });
const ofOther = ownershipTags({ ...device, id: `${device.id}9` });
const proposed = proposeKeyVaultName(device, name);

const live = (tags: Tags = ours, also: Partial<KeyVault> = {}): KeyVault => ({
  id,
  name,
  uri: `https://${name}.vault.azure.net/`,
  location: 'westeurope',
  tags,
  usesRbac: false,
  provisioned: true,
  accessPolicies: [],
  ...also,
});
const gone = (tags: Tags = ours, vaultId = id): DeletedKeyVault => ({
  name,
  vaultId,
  tags,
  deletedOn: '2026-01-01T00:00:00Z',
  purgedOn: '2026-04-01T00:00:00Z',
});

const linked: DeviceLink = { vaultId: id.toUpperCase() };
const plan = (found: Partial<KeyVaultFound>, wish: Partial<KeyVaultWish> = {}): KeyVaultPlan =>
  planKeyVault(
    { device, link: {}, name, softDeletedVault: 'ask', ...wish },
    { vault: 'absent', deleted: 'absent', ...found },
  );

/** `create`, `adopt`, `recover`, or the type of the refusal. */
const verdict = (outcome: KeyVaultPlan): string => (outcome.action === 'refuse' ? outcome.type : outcome.action);

suite('a live vault of that name', () => {
  const cases: [when: string, vault: KeyVault, link: DeviceLink, verdict: string][] = [
    ['with the tags of this device is adopted', live(ours), {}, 'adopt'],
    ['that the device is linked to is not adopted for that reason alone', live({}), linked, 'VaultUnproven'],
    ['that the device is linked to is adopted with the tags of its predecessor', live(ofFormer), linked, 'adopt'],
    [
      'with the tags of this device is adopted even if the link refers elsewhere',
      live(ours),
      { vaultId: `${id}x` },
      'adopt',
    ],
    ['of another device is not ours, although this device is linked to it', live(ofOther), linked, 'VaultNameTaken'],
    ['without tags is not ours', live({}), {}, 'VaultNameTaken'],
    ['with foreign tags only is not ours', live({ 'ase-device': 'edge-1' }), {}, 'VaultNameTaken'],
    ['of another device is not ours', live(ofOther), {}, 'VaultNameTaken'],
    ['of a former device of this name is left unchanged', live(ofFormer), {}, 'VaultOfFormerDevice'],
    ['under Azure RBAC is refused', live(ours, { usesRbac: true }), {}, 'VaultUsesRbac'],
    [
      'under Azure RBAC is refused although the device is linked to it',
      live(ours, { usesRbac: true }),
      linked,
      'VaultUsesRbac',
    ],
    ["of a stranger under Azure RBAC is reported as a stranger's", live({}, { usesRbac: true }), {}, 'VaultNameTaken'],
  ];
  for (const [when, vault, link, expected] of cases) {
    test(when, () => assert.equal(verdict(plan({ vault: { found: vault } }, { link })), expected));
  }

  test('is passed on as found', () => {
    const vault = live();
    assert.deepEqual(plan({ vault: { found: vault } }), { action: 'adopt', vault });
  });

  test('takes precedence over a deleted one', () => {
    assert.equal(verdict(plan({ vault: { found: live() }, deleted: { found: gone(ofOther) } })), 'adopt');
  });
});

suite('no live vault of that name', () => {
  const recover = { softDeletedVault: 'recover' } as const;
  const elsewhere = id.replace('edge-rg', 'other-rg');
  const cases: [when: string, found: Partial<KeyVaultFound>, wish: Partial<KeyVaultWish>, verdict: string][] = [
    ['and no deleted one: it is created', {}, {}, 'create'],
    ['and no right to read deleted ones: it is created, and Azure decides', { deleted: 'unknown' }, {}, 'create'],
    ['that is readable does not prove its absence', { vault: 'unknown' }, {}, 'MissingPermission'],
    ['but a deleted one of ours: a person is asked', { deleted: { found: gone() } }, {}, 'VaultSoftDeleted'],
    ['but a deleted one of ours, with recovery requested', { deleted: { found: gone() } }, recover, 'recover'],
    [
      'but a deleted one that the device is linked to, with recovery requested',
      { deleted: { found: gone({}) } },
      { ...recover, link: linked },
      'recover',
    ],
    [
      "but a stranger's deleted one, even with recovery requested",
      { deleted: { found: gone({}) } },
      recover,
      'VaultNameTaken',
    ],
    [
      'but a deleted one of a former device, even with recovery requested',
      { deleted: { found: gone(ofFormer) } },
      recover,
      'VaultOfFormerDevice',
    ],
    [
      'but a deleted one in another group, even with our tags',
      { deleted: { found: gone(ours, elsewhere) } },
      recover,
      'VaultNameTaken',
    ],
    [
      'but a deleted one in another group, even with our link',
      { deleted: { found: gone(ours, elsewhere) } },
      { ...recover, link: { vaultId: elsewhere } },
      'VaultNameTaken',
    ],
  ];
  for (const [when, found, wish, expected] of cases) {
    test(when, () => assert.equal(verdict(plan(found, wish)), expected));
  }

  test('but a deleted one: the message names its purge date and how to recover it', () => {
    assert.deepEqual(plan({ deleted: { found: gone() } }), {
      action: 'refuse',
      type: 'VaultSoftDeleted',
      message: 'the vault "the-vault" is deleted and recoverable until 2026-04-01T00:00:00Z',
      facts: {
        keyVaultName: name,
        deletedOn: '2026-01-01T00:00:00Z',
        purgedOn: '2026-04-01T00:00:00Z',
        retryWith: { softDeletedVault: 'recover' },
      },
    });
  });
});

test('a name of a deleted vault in another group is refused, with the purge date if it is known', () => {
  const held = { ...gone(), vaultId: id.replace('edge-rg', 'other-rg') };
  const { purgedOn: _purgedOn, ...unknown } = held;
  const message = (deleted: typeof unknown): string => {
    const refused = plan({ deleted: { found: deleted } });
    assert.ok(refused.action === 'refuse');
    return refused.message;
  };
  assert.match(message(held), /^a deleted vault of another resource group holds the name until 2026-04-01T00:00:00Z: /);
  assert.match(message(unknown), /^a deleted vault of another resource group holds the name: /);
});

suite('an unavailable name', () => {
  for (const [whose, tags] of Object.entries({ stranger: {}, 'other device': ofOther, 'former device': ofFormer })) {
    test(`with the owner "${whose}" is reported with another one, in the message and as input of a retry`, () => {
      const refused = plan({ vault: { found: live(tags) } });
      assert.ok(refused.action === 'refuse');
      assert.ok(refused.message.endsWith(`; propose "${proposed}"`), refused.message);
      assert.deepEqual(refused.facts, { keyVaultName: name, retryWith: { keyVaultName: proposed } });
    });
  }

  test('because Azure refuses it is reported with another one, too', () => {
    const { type, message, facts } = nameTaken({ device, link: {}, name }, 'it is in use');
    assert.equal(type, 'VaultNameTaken');
    assert.equal(message, `it is in use; propose "${proposed}"`);
    assert.deepEqual(facts['retryWith'], { keyVaultName: proposed });
  });
});

suite('an unavailable name is reported without another one', () => {
  const owners: Ownership[] = [
    { owner: 'another device', which: 'edge-2' },
    { owner: 'former device' },
    { owner: 'retained' },
  ];
  for (const ownership of owners) {
    test(`if the record of the device names it, and its owner is: ${ownership.owner}`, () => {
      const refused = plan({ vault: { found: live({}) }, ownership }, { link: linked });
      assert.ok(refused.action === 'refuse');
      assert.match(
        refused.message,
        /; the record of the device "edge-1" links to it: correct the record, then start again$/,
      );
      assert.deepEqual(refused.facts, { keyVaultName: name });
    });
  }

  test('if the record of the device names it, and it is taken elsewhere in Azure', () => {
    const { facts } = nameTaken({ device, name, link: linked }, 'it is in use');
    assert.deepEqual(facts, { keyVaultName: name });
  });

  test('if it is the last name for the device', () => {
    const last = defaultKeyVaultName(device, 2);
    const { message, facts } = nameTaken({ device, name: last, link: {} }, 'it is in use');
    assert.equal(message, 'it is in use; choose another name');
    assert.deepEqual(facts, { keyVaultName: last });
  });
});

test('a refused plan is thrown with its type, its message and its facts', () => {
  const refused = nameTaken({ device, link: {}, name }, 'it is in use');
  const { type, message, facts } = refusalOf(refused);
  assert.deepEqual({ action: 'refuse', type, message, facts }, refused);
});

suite('the name of the vault to find', () => {
  test('is the requested one, else the default', () => {
    assert.deepEqual(chooseKeyVaultName(device, {}, 'Mine'), { action: 'use', name: 'Mine' });
    assert.deepEqual(chooseKeyVaultName(device, {}, undefined), { action: 'use', name: defaultKeyVaultName(device) });
  });

  test("is the linked vault's, in any letter case of the request", () => {
    const link = { vaultId: id };
    assert.deepEqual(chooseKeyVaultName(device, link, undefined), { action: 'use', name });
    assert.deepEqual(chooseKeyVaultName(device, link, name.toUpperCase()), { action: 'use', name });
    assert.deepEqual(chooseKeyVaultName(device, { vaultId: id.replace('edge-rg', 'EDGE-RG') }, undefined), {
      action: 'use',
      name,
    });
  });

  test("is the linked vault's, in any letter case of the link", () => {
    const link = { vaultId: id.replace(name, name.toUpperCase()) };
    assert.deepEqual(chooseKeyVaultName(device, link, name), { action: 'use', name: name.toUpperCase() });
  });

  test('is never another than the linked one', () => {
    const refused = chooseKeyVaultName(device, { vaultId: id }, 'another');
    assert.ok(refused.action === 'refuse');
    assert.equal(refused.type, 'DeviceHasOtherVault');
    assert.equal(refused.message, 'the device already has the vault "the-vault" and cannot use "another"');
    assert.deepEqual(refused.facts, { retryWith: { keyVaultName: name } });
  });

  test('is that of the vault with the tags of this device if there is no link', () => {
    assert.deepEqual(chooseKeyVaultName(device, {}, undefined, 'tagged'), { action: 'use', name: 'tagged' });
    assert.deepEqual(chooseKeyVaultName(device, {}, 'Tagged', 'tagged'), { action: 'use', name: 'tagged' });
    assert.deepEqual(chooseKeyVaultName(device, { vaultId: id }, undefined, 'tagged'), { action: 'use', name });
  });

  test('is never that of a second vault beside a tagged one', () => {
    const refused = chooseKeyVaultName(device, {}, 'another', 'tagged');
    assert.ok(refused.action === 'refuse');
    assert.equal(refused.type, 'DeviceHasOtherVault');
    assert.deepEqual(refused.facts, { retryWith: { keyVaultName: 'tagged' } });
  });

  const astray: [where: string, vaultId: string][] = [
    ['another group', id.replace('edge-rg', 'other-rg')],
    ['another subscription', id.replace('11111111', '99999999')],
    ['a resource that is not a vault', id.replace('Microsoft.KeyVault/vaults', 'Microsoft.Storage/storageAccounts')],
    ['no ARM id at all', name],
  ];
  for (const [where, vaultId] of astray) {
    test(`is not taken from a link to ${where}`, () => {
      const refused = chooseKeyVaultName(device, { vaultId }, undefined);
      assert.ok(refused.action === 'refuse');
      assert.equal(refused.type, 'VaultElsewhere');
      assert.deepEqual(refused.facts, { keyVaultId: vaultId });
    });
  }
});
