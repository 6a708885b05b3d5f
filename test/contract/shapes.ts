/** The shapes of payloads, as the compiler writes them out. `node test/contract/shapes.ts > test/contract/shapes.txt` keeps them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../server/programs.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const compiler = fileURLToPath(new URL('../../node_modules/typescript/lib/tsc.js', import.meta.url));

export const writeShapes = async (): Promise<string> => {
  const out = await mkdtemp(path.join(tmpdir(), 'ase-shapes-'));
  try {
    const { code, stdout } = await run(process.execPath, [compiler, '-p', folder, '--outDir', out], process.env);
    if (code !== 0) throw new Error(stdout);
    const declared = await readFile(path.join(out, 'test/contract/payloads.d.ts'), 'utf8');
    const [, ...written] = declared.split('export declare const ');
    return written.join('\n').replaceAll('"=', '"').replaceAll('`=${string}`', 'string');
  } finally {
    await rm(out, { recursive: true });
  }
};

if (import.meta.main) process.stdout.write(await writeShapes());
