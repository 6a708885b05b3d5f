/** Who may import whom, proved to fail; and the few things of which there may be only one. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as procedures from '../workflows/index.ts';
import { isPurge } from './harness/invariants.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const product = ['domain', 'azure', 'activities', 'workflows', 'worker', 'client', 'cli'];

/** What the linter says about one file that imports something, in a tree of its own with the project's rules. */
const lint = async (file: string, line: string): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'ase-lint-'));
  try {
    const rules = JSON.parse(await readFile(path.join(root, '.oxlintrc.json'), 'utf8')) as { options: object };
    await writeFile(path.join(folder, '.oxlintrc.json'), JSON.stringify({ ...rules, options: { typeAware: false } }));
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), `${line}\nexport const used = it;\n`);
    const oxlint = path.join(root, 'node_modules/.bin/oxlint');
    const { stdout } = await promisify(execFile)(process.execPath, [oxlint, '--deny-warnings'], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
};

suite('the linter refuses', () => {
  const forbidden: [file: string, from: string][] = [
    ['domain/bad.ts', '../azure/clients.ts'],
    ['domain/bad.ts', '@temporalio/common'],
    ['domain/bad.ts', 'node:fs'],
    ['azure/bad.ts', '../activities/call.ts'],
    ['azure/bad.ts', '@temporalio/common'],
    ['activities/bad.ts', '../workflows/step.ts'],
    ['activities/bad.ts', '../config.ts'],
    ['activities/bad.ts', '../local-azure/index.ts'],
    ['workflows/bad.ts', '../activities/index.ts'],
    ['workflows/bad.ts', '../azure/clients.ts'],
    ['workflows/bad.ts', '@azure/arm-keyvault'],
    ['workflows/bad.ts', 'node:crypto'],
    ['workflows/bad.ts', 'zod'],
    ['client.ts', './workflows/generate-activation-key.ts'],
    ['client.ts', './azure/clients.ts'],
    ['client.ts', './client/activation-key.ts'],
    ['client/bad.ts', './azure.ts'],
    ['client/audit-log.ts', '@temporalio/client'],
    ['cli.ts', './workflows/messages.ts'],
    ['worker.ts', './local-azure/index.ts'],
    ['local-azure/bad.ts', '../domain/names.ts'],
    ['local-azure/vault/bad.ts', '../../domain/names.ts'],
    ['local-azure/bad.ts', '@azure/arm-keyvault'],
    ['local-azure/bad.ts', './test/tenant.ts'],
    ['local-azure/test/bad.ts', '../../domain/names.ts'],
    ['local-azure/test/bad.ts', '../../test/harness/world.ts'],
    ['local-azure/test/recordings/bad.ts', '../../../client.ts'],
  ];
  for (const [file, from] of forbidden) {
    test(`${file} to import ${from}`, async () => {
      assert.match(await lint(file, `import { it } from '${from}';`), /no-restricted-imports/);
    });
  }

  for (const name of ['failures', 'failureEntry', 'isFailureType']) {
    test(`a workflow to read the table of failures by ${name}`, async () => {
      const line = `import { ${name} as it } from '../domain/failures.ts';`;
      assert.match(await lint('workflows/bad.ts', line), /no-restricted-imports/);
    });
  }

  test('a workflow to access the process', async () => {
    assert.match(await lint('workflows/bad.ts', 'const it = process;'), /no-restricted-globals/);
  });
});

suite('the linter allows', () => {
  const allowed: [file: string, line: string][] = [
    ['activities/good.ts', `import { it } from '../domain/names.ts';`],
    ['workflows/good.ts', `import { Refusal as it } from '../domain/failures.ts';`],
    ['workflows/good.ts', `import type { it as It } from '../activities/index.ts'; const it: It | 0 = 0;`],
    ['client.ts', `import { it } from './workflows/messages.ts';`],
    ['client/audit-log.ts', `import { it } from '../azure/clients.ts';`],
    ['local-azure/test/good.ts', `import { it } from '@azure/arm-keyvault';`],
    ['local-azure/test/recordings/good.ts', `import { it } from '../../arm/path.ts';`],
  ];
  for (const [file, line] of allowed) {
    test(`${file} to contain: ${line}`, async () => {
      assert.doesNotMatch(await lint(file, line), /no-restricted-imports/);
    });
  }
});

const sources = async (folders = product): Promise<{ file: string; text: string }[]> => {
  const top = ['worker.ts', 'client.ts', 'cli.ts', 'config.ts'];
  const inFolders = await Promise.all(
    folders.map(async (folder) => {
      const found = await readdir(path.join(root, folder), { recursive: true }).catch(() => []);
      return found
        .filter((file) => file.endsWith('.ts') && !file.startsWith('test/'))
        .map((file) => `${folder}/${file}`);
    }),
  );
  const files = [...top, ...inFolders.flat()];
  return Promise.all(files.map(async (file) => ({ file, text: await readFile(path.join(root, file), 'utf8') })));
};

const filesThatSay = async (pattern: RegExp, folders = product): Promise<string[]> =>
  (await sources(folders)).filter(({ text }) => pattern.test(text)).map(({ file }) => file);

suite('there is only one', () => {
  test('module that reads the environment', async () => {
    assert.deepEqual(await filesThatSay(/process\.env/), ['config.ts']);
  });

  test('function that creates failures in activities, and one in workflows', async () => {
    const makers = await filesThatSay(/ApplicationFailure\.(create|retryable|nonRetryable|fromError)\(/);
    assert.deepEqual(makers.toSorted(), ['activities/failure.ts', 'workflows/failure.ts']);
  });

  test('place that blocks a step', async () => {
    assert.deepEqual(await filesThatSay(/progress\.block\(/), ['workflows/block.ts']);
  });
});

/** Each element becomes an argument of its own, and the stack has room for some hundred thousand. */
const spreading =
  /\b(?:push|unshift|splice|concat|max|min|hypot|fromCharCode|fromCodePoint|of)\((?:[^(){}]*,)?\s*\.\.\.|\.apply\(/;

suite('a list of any length', () => {
  test('is never spread into the arguments of a call', async () => {
    assert.deepEqual(await filesThatSay(spreading, [...product, 'local-azure', 'scripts']), []);
  });

  for (const line of [
    'all.push(...records);',
    'const newest = Math.max(0, ...versions.map(timeOf));',
    'String.fromCharCode(...bytes)',
    'list.splice(0, list.length, ...left);',
    'Math.min.apply(undefined, times)',
  ]) {
    test(`would be found in: ${line}`, () => assert.match(line, spreading));
  }

  test('is not the spread of an object into another one', () =>
    assert.doesNotMatch('all.push({ ...one, id });', spreading));
});

/** A method of the clients that purges, its name among the calls that are picked of a client, or its address. */
const purging = /\b(?:purge|beginPurge)(?!Protection)[A-Z(]|['"`./]purge\b(?! protection)|deletedsecrets/;

suite('a purge', () => {
  test('is in no file of the product', async () => {
    assert.deepEqual(await filesThatSay(purging), []);
  });

  for (const line of [
    'await vaults.purgeDeleted(name, location);',
    'await vaults.beginPurgeDeletedAndWait(name, location);',
    "Pick<SecretClient, 'getSecret' | 'purgeDeletedSecret'>",
    'await fetch(`${deletedVault}/purge`);',
    'await fetch(`${vaultUri}deletedsecrets/${name}`);',
  ]) {
    test(`would be found in: ${line}`, () => assert.match(line, purging));
  }

  const calls: [method: string, path: string, purges: boolean][] = [
    ['POST', '/subscriptions/s/providers/Microsoft.KeyVault/locations/l/deletedVaults/v/purge', true],
    ['DELETE', '/deletedsecrets/s', true],
    ['DELETE', '/deletedkeys/k', true],
    ['DELETE', '/secrets/s', false],
    ['POST', '/deletedsecrets/s/recover', false],
    ['GET', '/deletedsecrets/s', false],
    ['DELETE', '/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v', false],
  ];
  for (const [method, path, purges] of calls) {
    test(`is ${purges ? '' : 'not '}${method} ${path}`, () => assert.equal(isPurge(method, path), purges));
  }
});

suite('a procedure fits on one screen, of at most 60 lines:', () => {
  for (const [name, procedure] of Object.entries(procedures)) {
    test(name, () => {
      const lines = procedure.toString().split('\n').length;
      assert.ok(lines <= 60, `${lines} lines`);
    });
  }
});
