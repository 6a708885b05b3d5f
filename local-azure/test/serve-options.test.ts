import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions } from '../serve/options.ts';

test('without options the local Azure listens on 8443 with the delays of Azure', () => {
  assert.deepEqual(parseOptions([]), {
    port: 8443,
    proxyPort: 0,
    intercept: false,
    seedDemo: false,
    clock: 'auto',
    help: false,
    version: false,
    settings: {},
  });
});

test('delays are given in seconds', () => {
  const { settings } = parseOptions(['--account-delay', '1.5', '--policy-delay', '0', '--time-scale', '10']);
  assert.deepEqual(settings, { storageAccount: 1500, accessPolicyEffect: 0, timeScale: 10 });
});

test('the clock stops on request', () => {
  assert.equal(parseOptions(['--clock', 'explicit']).clock, 'explicit');
});

const wrong: [string[], RegExp][] = [
  [['--port', 'x'], /^--port must be a number from 0 to 65535, not 'x'$/],
  [['--port', '70000'], /^--port must be/],
  [['--time-scale', '0'], /^--time-scale must be a number above zero, not '0'$/],
  [['--account-delay', 'soon'], /^--account-delay must be a number of seconds, not 'soon'$/],
  [['--clock', 'slow'], /^--clock must be auto or explicit, not 'slow'$/],
  [['--colour'], /^Unknown option '--colour'; --help lists what there is$/],
  [['now'], /^Unexpected argument 'now'.*; --help lists what there is$/],
  [['--seed-demo=yes'], /^Option '--seed-demo' does not take an argument; --help lists what there is$/],
  [['--port'], /^Option '--port <value>' argument missing; --help lists what there is$/],
  [['--port', '--seed-demo'], /^Option '--port' argument is ambiguous; --help lists what there is$/],
];

for (const [args, message] of wrong) {
  test(`${args.join(' ')} is refused, and the error names it`, () => {
    assert.throws(() => parseOptions(args), { message });
  });
}
