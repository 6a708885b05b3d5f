/** The plan of access policies, carried out on a model of what `add` and `replace` do to one principal's entry. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  devicePermissions,
  holdsAtLeast,
  holdsExactly,
  keyReaderPermissions,
  planAccess,
  policyOf,
  workerPermissions,
  type AccessPolicyChange,
  type Grant,
  type AccessPolicy,
} from '../../domain/access.ts';

const tenantId = 'bbbbbbbb-0000-0000-0000-000000000002';
const grant = (objectId: string, secrets: readonly string[]): Grant => ({ tenantId, objectId, secrets });
const entry = (objectId: string, permissions: AccessPolicy['permissions']): AccessPolicy => ({
  tenantId,
  objectId,
  permissions,
});
const device = grant('device', devicePermissions);
const reader = grant('reader', keyReaderPermissions);

const principalOf = ({ tenantId, objectId, applicationId }: AccessPolicy): string =>
  [tenantId, objectId, applicationId].join('/').toLowerCase();

/** Azure: `add` unites, `replace` overwrites, both one principal's entry only; rights are compared without letter case. */
const carryOut = (present: readonly AccessPolicy[], { kind, policies }: AccessPolicyChange): AccessPolicy[] =>
  policies.reduce<AccessPolicy[]>(
    (entries, policy) => {
      const known = entries.find((other) => principalOf(other) === principalOf(policy));
      if (!known) return [...entries, policy];
      const permissions = kind === 'replace' ? policy.permissions : unite(known.permissions, policy.permissions);
      return entries.map((other) => (other === known ? { ...known, permissions } : other));
    },
    [...present],
  );

const unite = (one: AccessPolicy['permissions'], other: AccessPolicy['permissions']): AccessPolicy['permissions'] =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((kind) => {
      const all = [...(one[kind] ?? []), ...(other[kind] ?? [])];
      return [kind, all.filter((right, at) => all.findIndex((r) => r.toLowerCase() === right.toLowerCase()) === at)];
    }),
  );

const rights = fc.uniqueArray(fc.constantFrom('get', 'Get', 'set', 'SET', 'list', 'delete', 'purge', 'all'), {
  selector: (right) => right.toLowerCase(),
});
const permissions = fc.record(
  { secrets: rights, keys: fc.uniqueArray(fc.constantFrom('get', 'wrapKey')), certificates: rights },
  { requiredKeys: [] },
) as fc.Arbitrary<AccessPolicy['permissions']>;
const entries = fc.uniqueArray(
  fc.record(
    {
      tenantId: fc.constantFrom(tenantId, tenantId.toUpperCase()),
      objectId: fc.constantFrom('device', 'Device', 'reader', 'second-reader', 'stranger', 'other'),
      applicationId: fc.constant('an-application'),
      permissions,
    },
    { requiredKeys: ['tenantId', 'objectId', 'permissions'] },
  ),
  { selector: principalOf },
) as fc.Arbitrary<AccessPolicy[]>;
const wishes = { exact: [device], atLeast: [reader, grant('second-reader', keyReaderPermissions)] };

suite('the plan, applied to any entries of a vault,', () => {
  test('gives every principal its required rights, and a second plan is empty', () => {
    fc.assert(
      fc.property(entries, (present) => {
        const after = planAccess(present, wishes).reduce(carryOut, present);
        assert.ok(holdsExactly(after, device));
        assert.ok(wishes.atLeast.every((wanted) => holdsAtLeast(after, wanted)));
        assert.deepEqual(planAccess(after, wishes), []);
      }),
    );
  });

  test('leaves the entries of all other principals unchanged', () => {
    const own = new Set([...wishes.exact, ...wishes.atLeast].map((wanted) => principalOf(policyOf(wanted))));
    const others = (all: readonly AccessPolicy[]) => all.filter((one) => !own.has(principalOf(one)));
    fc.assert(
      fc.property(entries, (present) => {
        const after = planAccess(present, wishes).reduce(carryOut, present);
        assert.deepEqual(others(after), others(present));
      }),
    );
  });

  test('never removes a right from a principal that may hold more', () => {
    fc.assert(
      fc.property(entries, (present) => {
        const after = planAccess(present, wishes).reduce(carryOut, present);
        const held = present.find((one) => principalOf(one) === principalOf(policyOf(reader)))?.permissions ?? {};
        for (const [kind, before] of Object.entries(held)) {
          assert.ok(before.every((right) => holdsAtLeastOf(after, kind, right)));
        }
      }),
    );
  });
});

const holdsAtLeastOf = (all: readonly AccessPolicy[], kind: string, right: string): boolean =>
  all.some((one) => principalOf(one) === principalOf(policyOf(reader)) && one.permissions[kind]?.includes(right));

suite('the plan', () => {
  const cases: [when: string, present: AccessPolicy[], calls: string[]][] = [
    ['adds all absent principals in one call', [], ['add device reader']],
    [
      'is empty if every right exists',
      [entry('device', { secrets: ['set', 'get'] }), entry('reader', { secrets: ['get'] })],
      [],
    ],
    [
      'narrows a device with excess rights',
      [entry('device', { secrets: ['get', 'set', 'list'] })],
      ['replace device', 'add reader'],
    ],
    ['widens a device with missing rights', [entry('device', { secrets: ['get'] })], ['replace device', 'add reader']],
    [
      'removes the rights on keys from a device',
      [entry('device', { secrets: ['get', 'set'], keys: ['get'] })],
      ['replace device', 'add reader'],
    ],
    ['treats an empty list of keys as none', [entry('device', { secrets: ['Get', 'Set'], keys: [] })], ['add reader']],
    [
      'narrows a device that holds all rights',
      [entry('device', { secrets: ['all'] })],
      ['replace device', 'add reader'],
    ],
    [
      'lets a reader keep excess rights',
      [entry('device', { secrets: ['get', 'set'] }), entry('reader', { secrets: ['All'] })],
      [],
    ],
    [
      'does not mistake an application on behalf of the device for the device',
      [{ ...entry('device', { secrets: ['get', 'set'] }), applicationId: 'app' }],
      ['add device reader'],
    ],
    [
      'does not mistake the same object of another tenant for the device',
      [{ ...entry('device', { secrets: ['get', 'set'] }), tenantId: 'elsewhere' }],
      ['add device reader'],
    ],
  ];
  for (const [when, present, calls] of cases) {
    test(when, () => {
      const plan = planAccess(present, { exact: [device], atLeast: [reader] });
      assert.deepEqual(
        plan.map(({ kind, policies }) => [kind, ...policies.map(({ objectId }) => objectId)].join(' ')),
        calls,
      );
    });
  }

  test('contains rights on secrets and nothing else', () => {
    assert.deepEqual(planAccess([], { exact: [device], atLeast: [] }), [
      { kind: 'add', policies: [{ tenantId, objectId: 'device', permissions: { secrets: ['get', 'set'] } }] },
    ]);
  });
});

test('a device gets and sets, a key reader gets, the worker also lists, and no principal deletes', () => {
  assert.deepEqual(
    [devicePermissions, keyReaderPermissions, workerPermissions],
    [['get', 'set'], ['get'], ['get', 'set', 'list']],
  );
});
