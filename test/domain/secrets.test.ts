import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  electChannelIntegrityKey,
  findLiveKey,
  keyTags,
  versionOfRequest,
  type SecretVersion,
} from '../../domain/secrets.ts';

const now = Date.UTC(2026, 0, 1);
const version = (name: string, also: Partial<SecretVersion> = {}): SecretVersion => ({
  version: name,
  enabled: true,
  createdOn: now,
  tags: {},
  ...also,
});

/** Few distinct times, so that ties happen. */
const versions = fc.uniqueArray(
  fc.record({
    version: fc.nat({ max: 0xffff }).map((number) => number.toString(16)),
    enabled: fc.boolean(),
    createdOn: fc.integer({ min: 0, max: 2 }).map((seconds) => now + seconds * 1000),
    tags: fc.constant({}),
  }),
  { selector: (one) => one.version },
);
const shuffled = versions.chain((all) =>
  fc.shuffledSubarray(all, { minLength: all.length }).map((again) => ({ all, again })),
);

suite('the election of the channel integrity key, with any versions,', () => {
  test('does not depend on the order of the list', () => {
    fc.assert(
      fc.property(shuffled, ({ all, again }) => {
        for (const recorded of [undefined, ...all.map((one) => one.version)]) {
          assert.deepEqual(electChannelIntegrityKey(again, recorded), electChannelIntegrityKey(all, recorded));
        }
      }),
    );
  });

  test('never elects a disabled version, and has a winner whenever one is enabled', () => {
    fc.assert(
      fc.property(versions, (all) => {
        const election = electChannelIntegrityKey(all, all[0]?.version);
        const enabled = all.filter((one) => one.enabled);
        assert.equal(election === 'none', enabled.length === 0);
        if (election !== 'none') assert.ok(election.winner.enabled);
      }),
    );
  });

  test('elects the version that the device has recorded, if it is enabled', () => {
    fc.assert(
      fc.property(versions, fc.nat(), (all, pick) => {
        const recorded = all[pick % Math.max(all.length, 1)];
        const election = electChannelIntegrityKey(all, recorded?.version);
        if (recorded?.enabled) assert.equal((election as { winner: SecretVersion }).winner, recorded);
      }),
    );
  });

  test('names every other enabled version a loser, and nothing else', () => {
    fc.assert(
      fc.property(versions, (all) => {
        const election = electChannelIntegrityKey(all, undefined);
        if (election === 'none') return;
        const expected = all.filter((one) => one.enabled && one !== election.winner);
        assert.deepEqual(new Set(election.losers), new Set(expected));
      }),
    );
  });

  test('has the same winner again after the losers are disabled or a later version appears', () => {
    fc.assert(
      fc.property(versions, (all) => {
        const election = electChannelIntegrityKey(all, undefined);
        if (election === 'none') return;
        const { winner, losers } = election;
        const later = version('zz', { createdOn: now + 60_000 });
        const after = [later, ...all.map((one) => (losers.includes(one) ? { ...one, enabled: false } : one))];
        assert.deepEqual(electChannelIntegrityKey(after, undefined), { winner, losers: [later] });
      }),
    );
  });
});

suite('the elected channel integrity key', () => {
  const older = version('b', { createdOn: now - 1000 });
  const newer = version('a');

  test('is the oldest one if none is recorded', () => {
    assert.deepEqual(electChannelIntegrityKey([newer, older], undefined), { winner: older, losers: [newer] });
  });

  test('is the recorded one although an older one is enabled', () => {
    assert.deepEqual(electChannelIntegrityKey([newer, older], 'a'), { winner: newer, losers: [older] });
  });

  test('is always the same one of two from the same second', () => {
    const twin = version('c');
    assert.deepEqual(electChannelIntegrityKey([twin, newer], undefined), { winner: newer, losers: [twin] });
  });
});

suite('the current activation key', () => {
  const hour = 3_600_000;
  const key = (name: string, also: Partial<SecretVersion> = {}): SecretVersion =>
    version(name, { expiresOn: now + hour, tags: { [keyTags.cikVersion]: 'cik' }, ...also });
  const newest = key('newest');
  const older = key('older', { createdOn: now - hour });
  const find = (all: SecretVersion[]) => findLiveKey(all, 'cik', now);

  test('is the newest one, and the older ones are to be disabled', () => {
    assert.deepEqual(find([older, newest]), { state: 'live', current: newest, older: [older] });
    assert.deepEqual(find([newest, older]), { state: 'live', current: newest, older: [older] });
  });

  test('is absent if there is no version', () => {
    assert.deepEqual(find([]), { state: 'none', older: [] });
  });

  test('is the usable one of two versions of one second, in any order', () => {
    const [expired, usable] = [key('z', { expiresOn: now - 1000 }), key('a')];
    for (const all of [
      [expired, usable],
      [usable, expired],
    ]) {
      assert.deepEqual(find(all), { state: 'live', current: usable, older: [expired] });
    }
  });

  test('is always the same one of two usable versions of one second', () => {
    const [one, other] = [key('a'), key('b')];
    assert.deepEqual(find([one, other]), find([other, one]));
  });

  const dead: [why: string, also: Partial<SecretVersion>][] = [
    ['has expired', { expiresOn: now - 1000 }],
    ['expires at this moment', { expiresOn: now }],
    ['has no expiry', {}],
    ['was created with another channel integrity key', { tags: { [keyTags.cikVersion]: 'another' } }],
    ['does not name its channel integrity key', { tags: {} }],
  ];
  for (const [why, also] of dead) {
    test(`is absent if the newest version ${why}: it has invalidated the older ones`, () => {
      const { expiresOn: _unset, ...eternal } = key('dead');
      const last = why === 'has no expiry' ? eternal : key('dead', also);
      assert.deepEqual(find([older, last]), { state: 'none', older: [last, older] });
    });
  }

  test('is not searched among disabled versions, which are left unchanged', () => {
    assert.deepEqual(find([key('disabled', { enabled: false }), older]), { state: 'live', current: older, older: [] });
    assert.deepEqual(find([key('disabled', { enabled: false })]), { state: 'none', older: [] });
  });
});

test('the version of a request is the newest one, and preferably an enabled one', () => {
  const of = (name: string, second: number, also: Partial<SecretVersion> = {}): SecretVersion =>
    version(name, { createdOn: now + second * 1000, tags: { [keyTags.request]: 'mine' }, ...also });
  const disabled = { enabled: false };
  const given = (...versions: SecretVersion[]) => versionOfRequest(versions, 'mine')?.version;
  assert.equal(given(), undefined);
  assert.equal(given(version('untagged'), of('others', 1, { tags: { [keyTags.request]: 'other' } })), undefined);
  assert.equal(given(of('second', 2), of('first', 1)), 'second');
  assert.equal(given(of('second', 2, disabled), of('first', 1)), 'first');
  assert.equal(given(of('second', 2, disabled), of('first', 1, disabled)), 'second');
});

test('the tags of an activation key do not change, so that keys of older versions are understood', () => {
  assert.deepEqual(keyTags, {
    fingerprint: 'ase-key-fingerprint',
    operation: 'ase-attempt',
    request: 'ase-request',
    cikVersion: 'ase-cik-version',
    supersededBy: 'ase-superseded-by',
  });
});
