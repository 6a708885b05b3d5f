import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  accountDelay,
  auditDelay,
  callTimeout,
  clampRetryAfter,
  lookDelay,
  probeDelay,
  settleTime,
} from '../../domain/pace.ts';

const second = 1000;
const minute = 60 * second;

test('the delay that Azure requests is limited to between a second and five minutes: zero would end all retries', () => {
  assert.deepEqual([0, 1, second, 17 * second, 5 * minute, 6 * minute].map(clampRetryAfter), [
    second,
    second,
    second,
    17 * second,
    5 * minute,
    5 * minute,
  ]);
});

suite('the delay before the next check', () => {
  test('is one second at first and five seconds at the end', () => {
    assert.deepEqual(
      [1, 2, 6, 7, 8, 9, 10, 11, 100].map(lookDelay),
      [1, 1, 1, 2, 3, 4, 5, 5, 5].map((s) => s * second),
    );
  });

  test('never shrinks', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), (looks) => lookDelay(looks) <= lookDelay(looks + 1)));
  });
});

test('a storage account is checked at growing intervals: after two seconds first, twice a minute at the end', () => {
  assert.deepEqual(
    [1, 2, 5, 8, 10, 11, 12, 100].map((looks) => accountDelay(looks) / second),
    [2, 3, 6, 13, 21, 28, 30, 30],
  );
});

suite('a blocked step is probed', () => {
  test('after 15 seconds, every five minutes for the rest of the day, and then every hour', () => {
    assert.deepEqual(
      [1, 2, 4, 20, 21, 297, 298, 3000].map((probes) => probeDelay(probes)),
      [15 * second, 30 * second, minute, 5 * minute, 5 * minute, 5 * minute, 60 * minute, 60 * minute],
    );
  });

  test('every 15 minutes after the first day if it is urgent', () => {
    assert.equal(probeDelay(298, { urgent: true }), 15 * minute);
    assert.equal(probeDelay(20, { urgent: true }), 5 * minute);
  });

  test('for one day at the interval of the first day', () => {
    const firstDay = Array.from({ length: 297 }, (_, index) => probeDelay(index + 1));
    assert.equal(
      firstDay.reduce((all, one) => all + one, 0),
      24 * 60 * minute - 150 * second,
    );
  });
});

test('the audit log is read every two seconds at first, and four times a minute at the end', () => {
  assert.deepEqual(
    [1, 2, 7, 8, 100].map(auditDelay),
    [2, 4, 14, 15, 15].map((s) => s * second),
  );
});

test('the wait for an abandoned attempt is longer than its own request and Azure together may take', () => {
  assert.ok(settleTime > callTimeout + minute);
});
