/** What the compiler of a strict program says of it, told apart by whose file it speaks of. */
import path from 'node:path';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { run } from '../server/programs.ts';

const tsc = fileURLToPath(new URL('../../node_modules/typescript/lib/tsc.js', import.meta.url));

const compilerOptions = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  noEmit: true,
  types: ['node'],
  skipLibCheck: false,
  // Files are named as the program names them, also where a folder is a link.
  preserveSymlinks: true,
};

/** Diagnostics, a line each: of files of dependencies, and of all others. */
export type Said = { ours: string[]; ofDependencies: string[] };

/** @param owned files in `node_modules` that are not a dependency's, from `folder` on; those outside it never are */
export const compileStrictly = async (folder: string, files: string[], owned: string): Promise<Said> => {
  const project = path.join(folder, 'tsconfig.json');
  await writeFile(project, JSON.stringify({ compilerOptions, files }));
  const { stdout } = await run(process.execPath, [tsc, '-p', project, '--pretty', 'false'], process.env);
  const lines = stdout.split('\n').filter((line) => /: error TS|^error TS/.test(line));
  const isForeign = (line: string): boolean =>
    line.includes('node_modules/') && !line.includes(`node_modules/${owned}/`);
  return { ours: lines.filter((line) => !isForeign(line)), ofDependencies: lines.filter(isForeign) };
};
