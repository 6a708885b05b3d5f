import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Refusal } from '../../domain/failures.ts';
import { checkKey, keyToLookFor, type KeyPlace } from '../../domain/secrets.ts';
import { keyVaultIdOf, type DeletedKeyVault, type KeyVault } from '../../domain/key-vault.ts';
import { keyVaultNamesOf } from '../../domain/names.ts';
import { ownershipTags, type Ownership } from '../../domain/ownership.ts';
import {
  assertOwnVault,
  assertWithinReach,
  chooseByMarks,
  linkedNameOf,
  pastRecovery,
  rememberedDevice,
  tagsInService,
} from '../../domain/recovery.ts';
import { readRecoveryInput } from '../../domain/inputs.ts';
import { device } from './samples.ts';

const refusedWith = (type: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refusal);
  assert.equal(error.type, type);
  assert.match(error.message, message);
  return true;
};

const tags = ownershipTags(device);
const id = keyVaultIdOf(device, 'kv');
const deleted = (over: Partial<DeletedKeyVault> = {}): { state: 'deleted'; deleted: DeletedKeyVault } => ({
  state: 'deleted',
  deleted: { name: 'kv', vaultId: id, tags, location: 'westeurope', ...over },
});
const live = (over: Partial<KeyVault> = {}): { state: 'live'; vault: KeyVault } => ({
  state: 'live',
  vault: {
    id,
    name: 'kv',
    uri: 'https://kv.vault.azure.net/',
    location: 'westeurope',
    tags,
    usesRbac: false,
    provisioned: true,
    accessPolicies: [],
    ...over,
  },
});

suite('the input of a recovery', () => {
  test('is a device and, optionally, the name of a vault', () => {
    assert.deepEqual(readRecoveryInput({ deviceId: device.id }), { deviceId: device.id });
    const whole = { deviceId: device.id, keyVaultName: 'my-vault', requestedBy: 'ada' };
    assert.deepEqual(readRecoveryInput(whole), whole);
  });

  test('has no other fields, and no name that Azure would refuse', () => {
    const refused = (input: object) =>
      assert.throws(() => readRecoveryInput({ deviceId: device.id, ...input }), Refusal);
    refused({ purge: true });
    refused({ keyVaultName: 'a--b' });
    refused({ deviceId: 'edge-1' });
  });
});

suite('the vault that a record names', () => {
  test('is searched by its name', () => {
    assert.equal(linkedNameOf(device, { vaultId: id.toUpperCase() }), 'KV');
    assert.equal(linkedNameOf(device, {}), undefined);
  });

  test('is refused outside the group of the device, with both locations', () => {
    const vaultId = id.replace('edge-rg', 'other-rg');
    const both = /other-rg.*, and the device is in .*\/resourceGroups\/edge-rg$/;
    assert.throws(() => linkedNameOf(device, { vaultId }), refusedWith('VaultElsewhere', both));
  });
});

suite('without a record, the vault is', () => {
  const [kv, other] = [
    { name: 'kv', tags },
    { name: 'other', tags },
  ];

  test('the one with the marks of the device', () => assert.equal(chooseByMarks(device, [kv], undefined), 'kv'));
  test('the requested one, among several', () => assert.equal(chooseByMarks(device, [kv, other], 'Other'), 'Other'));
  test('the requested one, if none has marks', () => assert.equal(chooseByMarks(device, [], 'mine'), 'mine'));

  test('asked for, if several have marks', () =>
    assert.throws(
      () => chooseByMarks(device, [kv, other], undefined),
      refusedWith('DeviceHasOtherVault', /"kv", "other"/),
    ));

  test('not the requested one, if another has marks', () =>
    assert.throws(() => chooseByMarks(device, [kv], 'mine'), refusedWith('DeviceHasOtherVault', /"kv"/)));

  test('not found, if nothing is known of it', () =>
    assert.throws(() => chooseByMarks(device, [], undefined), refusedWith('NothingToRecover', /no vault carries/)));
});

suite('a vault is', () => {
  test('accessible, live and deleted, in the group of the device', () => {
    assert.equal(assertWithinReach(device, 'kv', live()).state, 'live');
    assert.equal(assertWithinReach(device, 'kv', deleted()).state, 'deleted');
  });

  test("the device's if that is proven, and recovered if its record refers to it", () => {
    assertOwnVault(device, deleted(), { owner: 'this device' });
    assertOwnVault(device, live(), { owner: 'this device' });
    assertOwnVault(device, deleted({ tags: {} }), { owner: 'nobody', linked: true });
  });

  test('not recovered otherwise', () => {
    const cases: [Ownership, string, RegExp][] = [
      [{ owner: 'nobody', linked: false }, 'VaultNotOurs', /nor tagged for it$/],
      [{ owner: 'nobody', linked: true }, 'VaultUnproven', /^only the record/],
      [{ owner: 'another device', which: 'edge-2' }, 'VaultNotOurs', /another device, edge-2$/],
      [{ owner: 'former device' }, 'VaultOfFormerDevice', /the present device never had it$/],
      [{ owner: 'retained' }, 'VaultOfFormerDevice', /the present device never had it$/],
      [{ owner: 'unknown', missing: 'a/right' }, 'MissingPermission', /needs a\/right to find/],
    ];
    for (const [ownership, type, why] of cases) {
      assert.throws(() => assertOwnVault(device, live(), ownership), refusedWith(type, why));
    }
  });

  test('purged, with the name of the next one', () => {
    const { type, facts } = pastRecovery(device, 'kv');
    assert.equal(type, 'VaultPurged');
    assert.match(facts.retryWith?.['keyVaultName'] ?? '', /^ase-edge1-[0-9a-f]{9}$/);
  });

  test('purged, with the first of its names if it had the last', () => {
    const [first, , last] = keyVaultNamesOf(device);
    assert.deepEqual(pastRecovery(device, last!).facts.retryWith, { keyVaultName: first });
  });
});

suite('a device that is gone', () => {
  const bare = { id: device.id, subscriptionId: device.subscriptionId, resourceGroup: 'edge-rg', name: device.name };

  test('is identified by the tags and the location of its vault', () => {
    const { principalId, tenantId, location } = rememberedDevice(bare, deleted(), 'the-tenant');
    assert.deepEqual([principalId, tenantId, location], [device.principalId, 'the-tenant', 'westeurope']);
  });

  test('is not identified by a vault without its marks', () => {
    assert.throws(() => rememberedDevice(bare, live({ tags: {} }), 't'), refusedWith('VaultNotOurs', /which is gone$/));
  });
});

suite('the tags of a vault in service', () => {
  test('get only those of ours that are missing', () => {
    const found = tagsInService({ cost: '42' }, device, 'activated');
    assert.deepEqual(found, { missing: tags, obsolete: {} });
  });

  test('are left unchanged if they are correct', () =>
    assert.deepEqual(tagsInService(tags, device, 'to activate'), { missing: {}, obsolete: {} }));

  test('do not mark it as retained, in any letter case, unless the device is gone', () => {
    for (const state of [{ 'ase-state': 'retained' }, { 'ASE-State': 'retained' }, { 'ase-state': 'else' }]) {
      const found = { ...tags, ...state };
      assert.deepEqual(tagsInService(found, device, 'activated'), { missing: {}, obsolete: state });
      assert.deepEqual(tagsInService(found, device, 'gone'), { missing: {}, obsolete: {} });
    }
  });
});

suite('the linked channel integrity key is', () => {
  const keyVault = { id, name: 'kv', uri: 'https://kv.vault.azure.net/' };
  const place = (over: Partial<KeyPlace> = {}): KeyPlace => ({ keyVault, deviceState: 'activated', ...over });
  const key = { name: 'cik', version: 'v1' };
  const link = { vaultId: id, keyName: 'cik', keyVersion: 'v1' };
  const version = (enabled: boolean) => ({ version: 'v1', enabled, createdOn: 0, tags: {} });
  const found = (versions: ReturnType<typeof version>[], isDeleted = false) => ({ versions, isDeleted });

  test('the one that the record names, in this vault or in the one that it replaces', () => {
    assert.deepEqual(keyToLookFor(link, place()), key);
    const vaultId = keyVaultIdOf(device, 'purged');
    assert.deepEqual(keyToLookFor({ ...link, vaultId }, place({ replaces: vaultId })), key);
  });

  test('absent if the record names none, or another vault', () => {
    const stateOf = (answer: ReturnType<typeof keyToLookFor>) => ('state' in answer ? answer.state : 'a key');
    assert.equal(stateOf(keyToLookFor({ vaultId: id }, place())), 'not linked');
    assert.equal(
      stateOf(keyToLookFor({ ...link, vaultId: keyVaultIdOf(device, 'kv2') }, place())),
      'other vault linked',
    );
  });

  const cases: [state: string, place: KeyPlace, ReturnType<typeof found>, toDo: RegExp | undefined][] = [
    ['as linked', place(), found([version(true)]), undefined],
    ['disabled', place(), found([version(false)]), /^Enable the version v1 of the secret "cik" in the vault "kv"\.$/],
    ['deleted', place(), found([], true), /^Recover the secret "cik" in the vault "kv"\. Then recover the vault again/],
    ['missing', place(), found([]), /^Restore a backup .* Without one, ask Microsoft's support\.$/],
    [
      'missing',
      place({ deviceState: 'to activate' }),
      found([]),
      /^Generate a key: this stores a new channel integrity key\.$/,
    ],
    ['lost', place({ replaces: 'old' }), found([]), /^Restore a backup of the secret "cik" into the vault "kv"/],
  ];
  for (const [state, where, versions, toDo] of cases) {
    test(`${state}${where.deviceState === 'activated' ? '' : ' before the activation'}`, () => {
      const check = checkKey(key, where, versions);
      assert.equal(check.state, state);
      assert.deepEqual(check.key, key);
      if (toDo) assert.match(check.toDo ?? '', toDo);
      else assert.equal(check.toDo, undefined);
    });
  }
});
