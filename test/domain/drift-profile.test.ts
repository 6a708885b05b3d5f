/** What an organisation profile asks for and a device's resources lack. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findDrift } from '../../domain/drift.ts';
import { ownershipTags } from '../../domain/ownership.ts';
import type { PostureFindings } from '../../domain/posture-findings.ts';
import { asPromised, live, vault } from './posture-samples.ts';
import { device } from './samples.ts';

const requiredTags = { costCenter: '4711', owner: 'edge' };
const tags = { ...ownershipTags(device), ...requiredTags };
const asked: PostureFindings = { ...asPromised, profile: { requiredTags, purgeProtection: true } };
const accountWith = (accountTags: object): PostureFindings['accounts'] =>
  asPromised.accounts.map((account) => ({ ...account, account: { found: { tags: { ...accountTags }, sku: 'any' } } }));

const fulfilled: PostureFindings = {
  ...asked,
  keyVault: live({ tags, purgeProtection: true }),
  accounts: accountWith(tags),
};

const linesOf = (findings: PostureFindings): string[] =>
  findDrift(findings).map(({ what, found, repair }) => `${what}: ${found} (${repair})`);

suite('a profile that requires tags and purge protection', () => {
  test('reports nothing if they exist', () => assert.deepEqual(linesOf(fulfilled), []));

  test('names once each property that the vault lacks', () => {
    assert.deepEqual(linesOf({ ...fulfilled, keyVault: live({ tags: { ...ownershipTags(device), OWNER: 'x' } }) }), [
      `purge protection: ${vault.name} can be purged after its deletion (ask its owner)`,
      `required tags: ${vault.name} lacks the tags costCenter (device repair)`,
    ]);
  });

  test('names each property that our account lacks', () => {
    assert.deepEqual(linesOf({ ...fulfilled, accounts: accountWith(ownershipTags(device)) }), [
      'audit storage tags: aseedge1audit lacks the tags costCenter, owner (device repair)',
    ]);
  });

  test('requires nothing of a foreign account', () => {
    assert.deepEqual(linesOf({ ...fulfilled, accounts: accountWith({}) }), []);
  });
});
