/** What is typed after `npm run prove:… --` is refused before anything is played. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import { checkout } from '../../scripts/stack/local-files.ts';
import { runNode } from '../server/programs.ts';

suite('a proof ends with 2 and one line for', { concurrency: 2 }, () => {
  const cases: [script: string, typed: string[], line: RegExp][] = [
    ['test/prove/all.ts', ['--kind', 'singles:x'], /^--kind takes a whole number, not 'x'\.\n$/],
    ['test/prove/all.ts', ['--kind', 'doubles'], /^--kind takes singles, sign-in, .* not 'doubles'\.\n$/],
    [
      'test/prove/all.ts',
      ['--knd', 'ends'],
      /^Unknown option '--knd'.*\. There are the options --kind, .*--at-least\.\n$/,
    ],
    ['test/prove/all.ts', ['--at-least'], /^Option '--at-least <value>' argument missing\. There are /],
    ['scripts/mutate/main.ts', ['often'], /^Unexpected argument 'often'\. .* There are the options --seed, /],
    ['scripts/soak/main.ts', ['--storm=-1'], /^--storm takes a whole number, not '-1'\.\n$/],
    ['scripts/soak/recovery.ts', ['--rounds', ''], /^--rounds takes a whole number, not ''\.\n$/],
  ];
  for (const [script, typed, line] of cases) {
    test(`${script} ${typed.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runNode(path.join(checkout, script), typed, process.env);
      assert.match(stderr, line);
      assert.deepEqual([code, stdout], [2, '']);
    });
  }
});
