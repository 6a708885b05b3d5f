/** The product's workflows with one mistake in them. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { checkout } from '../../scripts/stack/local-files.ts';

export type Change = { file: string; from: RegExp; to: string };

/** The bundled code. The copy lies within the checkout, where the packages are found. */
export const bundleChanged = async ({ file, from, to }: Change): Promise<string> => {
  const local = path.join(checkout, '.local');
  await mkdir(local, { recursive: true });
  const copy = await mkdtemp(path.join(local, 'changed-workflows-'));
  try {
    for (const folder of ['workflows', 'domain']) {
      await cp(path.join(checkout, folder), path.join(copy, folder), { recursive: true });
    }
    const text = await readFile(path.join(copy, file), 'utf8');
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, `there is something to change in ${file}`);
    await writeFile(path.join(copy, file), changed);
    const workflowsPath = path.join(copy, 'workflows/index.ts');
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
    return code;
  } finally {
    await rm(copy, { recursive: true });
  }
};
