/** Whose a vault is when a policy has taken its tags away. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyVaultIdOf, type AccessPolicy, type KeyVault } from '../../domain/key-vault.ts';
import { keyVaultLockNotes } from '../../domain/locks.ts';
import { defaultKeyVaultName, proposeKeyVaultName } from '../../domain/names.ts';
import { ownershipTags, type Owner } from '../../domain/ownership.ts';
import { ownerByTraces, type VaultTraces } from '../../domain/traces.ts';
import { device } from './samples.ts';

const worker = 'cccccccc-0000-0000-0000-000000000003';
const somebody = 'eeeeeeee-0000-0000-0000-000000000005';

const entry = (objectId: string, secrets: string[]): AccessPolicy => ({
  tenantId: device.tenantId,
  objectId,
  permissions: { secrets },
});
const workers = entry(worker, ['Get', 'Set', 'List']);
const devices = entry(device.principalId, ['get', 'set']);
const formers = entry(somebody, ['get', 'set']);
const readers = entry(somebody, ['get']);

const vault = (accessPolicies: AccessPolicy[], name = 'some-vault', tags = {}): KeyVault => ({
  id: keyVaultIdOf(device, name),
  name,
  uri: `https://${name}.vault.azure.net/`,
  location: device.location,
  tags,
  usesRbac: false,
  provisioned: true,
  accessPolicies,
});

const ourName = defaultKeyVaultName(device);
const ourLock = { lockNotes: keyVaultLockNotes(device.name) };
const othersLock = { lockNotes: keyVaultLockNotes('edge-2') };

suite('a vault', () => {
  const cases: [what: string, vault: KeyVault, traces: Partial<VaultTraces>, owner: Owner][] = [
    ['with our tags', vault([], 'some-vault', ownershipTags(device)), {}, 'this device'],
    [
      'with the tags of another, whatever else speaks for us',
      vault([workers, devices], ourName, ownershipTags({ ...device, id: `${device.id}9` })),
      { made: true, ...ourLock },
      'other device',
    ],
    ['that nothing speaks for', vault([workers]), {}, 'stranger'],
    ['under our name without the entry of the worker', vault([readers], ourName), ourLock, 'stranger'],
    ['under our name', vault([workers], ourName), {}, 'this device'],
    ['under our second name', vault([workers], proposeKeyVaultName(device, ourName)), {}, 'this device'],
    ['under our name in capitals', vault([workers], ourName.toUpperCase()), {}, 'this device'],
    ['that is open to the device', vault([workers, devices]), {}, 'this device'],
    ['with our lock', vault([workers, readers]), ourLock, 'this device'],
    ["with another's lock", vault([workers]), { made: true, ...othersLock }, 'stranger'],
    ["under our name with another's lock", vault([workers], ourName), othersLock, 'stranger'],
    ['that was asked for just now', vault([workers]), { made: true }, 'this device'],
    ['under our name that is open to another identity', vault([workers, formers], ourName), {}, 'former device'],
    ['with our lock that is open to another identity', vault([workers, formers]), ourLock, 'former device'],
    ['that is open to the device and to another', vault([workers, devices, formers]), {}, 'this device'],
  ];
  for (const [what, found, traces, owner] of cases) {
    test(`${what} is that of: ${owner}`, () =>
      assert.equal(ownerByTraces(found, device, { worker, made: false, ...traces }), owner));
  }
});
