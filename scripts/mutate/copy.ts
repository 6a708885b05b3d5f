/** A copy of the checkout, so that a mistake is never in the place where people work. */
import { spawn } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Mutant } from './mutants.ts';

const left = new Set(['node_modules', '.git', '.local', 'dist']);

/** Longer than any green run of the tests takes on a busy machine: a mistake may go round for ever. */
const patience = 240_000;

export type Copy = Awaited<ReturnType<typeof makeCopy>>;

export const makeCopy = async (root: string, into: string) => {
  await cp(root, into, {
    recursive: true,
    filter: (from) => !left.has(path.relative(root, from).split(path.sep)[0] ?? ''),
  });
  await symlink(path.join(root, 'node_modules'), path.join(into, 'node_modules'));

  /** Whether all of these tests are green. */
  const isGreen = async (tests: readonly string[]): Promise<boolean> => {
    const quiet = ['--test', '--test-isolation=none', '--test-reporter=./scripts/mutate/first-red.ts'];
    const child = spawn(process.execPath, [...quiet, ...tests], {
      cwd: into,
      stdio: 'ignore',
      timeout: patience,
      killSignal: 'SIGKILL',
    });
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code === 0));
    });
  };

  return {
    isGreen,
    /** Whether some test notices the mistake; the file is as before afterwards. */
    notices: async ({ file, start, end, replacement }: Mutant, stages: readonly string[][]): Promise<boolean> => {
      const place = path.join(into, file);
      const source = await readFile(place, 'utf8');
      await writeFile(place, source.slice(0, start) + replacement + source.slice(end));
      try {
        for (const tests of stages) if (!(await isGreen(tests))) return true;
        return false;
      } finally {
        await writeFile(place, source);
      }
    },
  };
};
