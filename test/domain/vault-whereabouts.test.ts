import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { keyVaultIdOf, type DeletedKeyVault } from '../../domain/key-vault.ts';
import { locateKeyVault, type VaultSightings, type VaultWhereabouts } from '../../domain/recovery.ts';
import { device } from './samples.ts';

const name = 'ase-edge1-84ead8355';
const id = keyVaultIdOf(device, name);
const elsewhere = id.replace('edge-rg', 'other-rg');
const deleted = (vaultId: string): DeletedKeyVault => ({ name: name.toUpperCase(), vaultId, tags: {} });
const nothing: VaultSightings<string> = { vault: 'absent', deleted: { found: [] }, others: { found: [] } };

suite('a vault is', () => {
  const cases: [what: string, seen: Partial<VaultSightings<string>>, expected: VaultWhereabouts<string>][] = [
    ['live in its group', { vault: { found: 'it' } }, { state: 'live', vault: 'it' }],
    ['deleted in its group', { deleted: { found: [deleted(id)] } }, { state: 'deleted', deleted: deleted(id) }],
    [
      'deleted in another group',
      { deleted: { found: [deleted(elsewhere)] } },
      { state: 'deleted elsewhere', deleted: deleted(elsewhere) },
    ],
    ['moved to another group', { others: { found: [`${id}2`, elsewhere] } }, { state: 'moved', vaultId: elsewhere }],
    [
      'gone',
      { others: { found: [`${id}2`] }, deleted: { found: [{ ...deleted(id), name: 'else' }] } },
      { state: 'gone' },
    ],
    ['gone, although live ones may not be listed', { others: 'unknown' }, { state: 'gone' }],
    [
      'not judged without a read of it',
      { vault: 'unknown', deleted: { found: [deleted(id)] } },
      { state: 'unknown', missing: 'Microsoft.KeyVault/vaults/read' },
    ],
    [
      'not gone if deleted ones may not be listed',
      { deleted: 'unknown' },
      { state: 'unknown', missing: 'Microsoft.KeyVault/locations/deletedVaults/read' },
    ],
    [
      'moved, although deleted ones may not be listed',
      { deleted: 'unknown', others: { found: [elsewhere] } },
      { state: 'moved', vaultId: elsewhere },
    ],
  ];
  for (const [what, seen, expected] of cases) {
    test(what, () => assert.deepEqual(locateKeyVault(device, name, { ...nothing, ...seen }), expected));
  }
});
