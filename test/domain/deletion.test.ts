/** What becomes of a vault that is kept when its device goes. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { judgeRetained } from '../../domain/deletion.ts';

suite('a vault that is kept', () => {
  const cases: [Parameters<typeof judgeRetained>, expected: string][] = [
    [['same', 'this device', false], 'own'],
    [['same', 'former device', true], 'own'],
    [['same', 'nobody', true], 'own'],
    [['same', 'nobody', false], 'unproven'],
    [['same', 'retained', false], 'unproven'],
    [['same', 'unknown', false], 'unproven'],
    [['same', 'another device', true], 'not known again'],
    [['unknown', 'this device', false], 'own'],
    [['unknown', 'nobody', true], 'not known again'],
    [['unknown', 'former device', true], 'not known again'],
    [['another', 'this device', true], 'gone'],
  ];
  for (const [[compared, owner, proven], expected] of cases) {
    const was = proven ? 'proven' : 'not proven';
    test(`is ${expected} if it is ${compared} as before, of ${owner}, and was ${was}`, () =>
      assert.equal(judgeRetained(compared, owner, proven), expected));
  }
});
