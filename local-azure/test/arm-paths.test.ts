import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArmPath } from '../arm/path.ts';

const vault = '/subscriptions/S1/resourceGroups/G1/providers/Microsoft.KeyVault/vaults/Kv1';

const spellings: [why: string, path: string][] = [
  ['as Azure writes it', vault],
  ['in lower case', vault.toLowerCase()],
  ['with doubled slashes', '//subscriptions/S1/resourcegroups/G1/providers/Microsoft.KeyVault//vaults/Kv1/'],
  ['with an encoded scope', '/%2Fsubscriptions%2FS1%2FresourceGroups%2FG1/providers/Microsoft.KeyVault/vaults/Kv1'],
];

for (const [why, path] of spellings) {
  test(`a vault is found by its path ${why}`, () => {
    const target = parseArmPath(path);
    assert.equal(target?.id.toLowerCase(), vault.toLowerCase());
    assert.equal(target.namespace, 'microsoft.keyvault');
    assert.equal(target.pattern, 'vaults/{}');
    assert.equal(target.scopeKind, 'group');
  });
}

test('the answer keeps the spelling of names', () => {
  const target = parseArmPath(vault);
  assert.deepEqual(target?.names, ['Kv1']);
  assert.equal(target.resourceGroup, 'G1');
});

const patterns: [path: string, kind: string, type: string, id: string][] = [
  [`${vault}/providers/Microsoft.Authorization/locks/l`, 'resource', 'microsoft.authorization/locks/{}', ''],
  [`${vault}/providers/Microsoft.Authorization/locks`, 'resource', 'microsoft.authorization/locks', vault],
  [`${vault}/accessPolicies/add`, 'group', 'microsoft.keyvault/vaults/{}/accesspolicies/{}', ''],
  [
    '/subscriptions/S1/providers/Microsoft.KeyVault/vaults',
    'subscription',
    'microsoft.keyvault/vaults',
    '/subscriptions/S1',
  ],
  ['/subscriptions/S1/resourceGroups/G1', 'tenant', 'microsoft.resources/subscriptions/{}/resourcegroups/{}', ''],
  ['/subscriptions', 'tenant', 'microsoft.resources/subscriptions', '/'],
  ['/subscriptions/S1/providers/Microsoft.X', 'tenant', 'microsoft.resources/subscriptions/{}/providers/{}', ''],
  [
    '/subscriptions/S1/providers/Microsoft.X/register',
    'tenant',
    'microsoft.resources/subscriptions/{}/providers/{}/register',
    '/subscriptions/S1/providers/Microsoft.X',
  ],
  [
    '/subscriptions/S1/resourceGroups/G1/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/d/generateCertificate',
    'group',
    'microsoft.databoxedge/databoxedgedevices/{}/generatecertificate',
    '/subscriptions/S1/resourceGroups/G1/providers/Microsoft.DataBoxEdge/dataBoxEdgeDevices/d',
  ],
];

for (const [path, kind, type, id] of patterns) {
  test(`${path} is ${type} at a ${kind}`, () => {
    const target = parseArmPath(path);
    assert.equal(target?.scopeKind, kind);
    assert.equal(`${target.namespace}/${target.pattern}`, type);
    assert.equal(target.id || '/', id || path);
  });
}

const nonsense: [why: string, path: string][] = [
  ['is not well encoded', '/subscriptions/%E0%A4%A'],
  ['hides dot segments behind encoded slashes', '/subscriptions/S1%2F..%2FS2'],
  ['hides a dot segment in an encoded scope', '/%2Fsubscriptions%2F.%2FS1'],
  ['has control characters', '/subscriptions/S1%00'],
  ['has a dangerous character', '/subscriptions/S1%3C'],
  ['is encoded twice', '/subscriptions%252FS1'],
];

for (const [why, path] of nonsense) {
  test(`a path that ${why} is invalid`, () => {
    assert.equal(parseArmPath(path), undefined);
  });
}

test('dots within a name belong to the name', () => {
  assert.deepEqual(parseArmPath('/subscriptions/S1/resourceGroups/a..b.c')?.names, ['S1', 'a..b.c']);
});
