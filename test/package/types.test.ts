/** The declarations that the package publishes, checked as a program checks them that skips none of its libraries. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../server/programs.ts';
import { compileStrictly } from './compile.ts';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const name = '@ase-key-vault/orchestrator';
const program = (line: string): string => `import * as library from '${name}';\n${line}\n`;

suite('the declarations of the package', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ase-types-'));
    const dist = path.join(folder, 'dist');
    const tsc = path.join(checkout, 'node_modules/typescript/lib/tsc.js');
    const emit = ['-p', path.join(checkout, 'tsconfig.build.json'), '--emitDeclarationOnly', '--outDir', dist];
    const { code, stdout } = await run(process.execPath, [tsc, ...emit], process.env);
    assert.equal(code, 0, stdout);
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
    await symlink(path.join(checkout, 'node_modules'), path.join(folder, 'node_modules'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const said = async (file: string, line: string) => {
    await writeFile(path.join(folder, file), program(line).replace(name, './dist/client.js'));
    return compileStrictly(folder, [file], name);
  };

  test('have no error even if none of them is skipped', async () => {
    const { ours } = await said('whole.ts', 'export const { connect, AseError } = library;');
    assert.deepEqual(ours, []);
  });

  test('are read: a program that uses a missing member gets an error', async () => {
    const { ours } = await said('wrong.ts', 'export const { disconnect } = library;');
    assert.match(ours.join('\n'), /wrong\.ts.*disconnect/);
  });
});
