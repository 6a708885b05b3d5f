/** The product's workflows with something changed in them: a mistake, or rules of another release. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { checkout } from '../../scripts/stack/local-files.ts';

export type Change = { file: string; from: RegExp; to: string | ((found: string) => string) };

/** The bundled code. The copy lies within the checkout, where the packages are found. */
export const bundleChanged = async (...changes: readonly Change[]): Promise<string> => {
  const local = path.join(checkout, '.local');
  await mkdir(local, { recursive: true });
  const copy = await mkdtemp(path.join(local, 'changed-workflows-'));
  try {
    for (const folder of ['workflows', 'domain']) {
      await cp(path.join(checkout, folder), path.join(copy, folder), { recursive: true });
    }
    for (const { file, from, to } of changes) {
      const text = await readFile(path.join(copy, file), 'utf8');
      const changed = text.replace(from, to as string);
      assert.notEqual(changed, text, `there is something to change in ${file}`);
      await writeFile(path.join(copy, file), changed);
    }
    const workflowsPath = path.join(copy, 'workflows/index.ts');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
    return code;
  } finally {
    await rm(copy, { recursive: true });
  }
};

const opposite: Readonly<Record<string, string>> = { true: 'false', false: 'true' };

/** A table of failures that says the opposite of each type: what blocked would be fatal, what healed would not, and in other words. */
export const flippedTable: readonly Change[] = [
  {
    file: 'domain/failures.ts',
    from: /\b(heals|retryHelps): (true|false),/g,
    to: (found) => found.replace(/true|false/, (word) => opposite[word]!),
  },
  {
    file: 'domain/failures.ts',
    from: /\bclass: '\w+',/g,
    to: (found) => (found.includes('fatal') ? "class: 'blocked'," : "class: 'fatal',"),
  },
  { file: 'domain/failures.ts', from: /\bwho: '[^']+',/g, to: "who: 'nobody'," },
];

/** Limits on texts, names, numbers and lists under which next to nothing would be accepted. */
export const strictLimits: readonly Change[] = [
  { file: 'domain/inputs.ts', from: /\{1,200\}\$/, to: '{1,2}$' },
  { file: 'domain/inputs.ts', from: /\{1,22\}\[a-z0-9\]\$/, to: '{1,2}$' },
  { file: 'domain/consent.ts', from: /\{1,1000\}/, to: '{1,2}' },
  { file: 'domain/consent.ts', from: /ids\.length <= 10/, to: 'ids.length <= 0' },
  { file: 'domain/deletion.ts', from: /> 720/, to: '> 1' },
  { file: 'domain/device.ts', from: /\{0,89\}/, to: '{0,1}' },
];
