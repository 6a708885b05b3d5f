/** The worker as it is deployed: compiled, with its workflows bundled. One from source bundles them at every start. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { checkout } from '../stack/local-files.ts';
import { removeAtEnd } from '../stack/reap-at-end.ts';

export type BuiltWorker = {
  /** Absolute path of a program that was built, by its source's path in the checkout. */
  program: (source: string) => string;
  /** Code of the bundle. */
  workflows: string;
  remove: () => Promise<void>;
};

/** Builds into a folder of its own within the checkout, so that the packages are found. */
export const buildWorker = async (extraSources: readonly string[] = []): Promise<BuiltWorker> => {
  const local = path.join(checkout, '.local');
  await mkdir(local, { recursive: true });
  const folder = await mkdtemp(path.join(local, 'built-worker-'));
  const release = removeAtEnd(folder);
  const project = path.join(folder, 'tsconfig.json');
  const sources = ['worker.ts', ...extraSources].map((source) => path.join(checkout, source));
  const config = { extends: path.join(checkout, 'tsconfig.build.json'), include: [], files: sources, exclude: [] };
  const options = {
    outDir: folder,
    rootDir: checkout,
    types: ['node'],
    typeRoots: [path.join(checkout, 'node_modules/@types')],
  };
  await writeFile(project, JSON.stringify({ ...config, compilerOptions: options }));
  await promisify(execFile)(process.execPath, [path.join(checkout, 'node_modules/.bin/tsc'), '-p', project]);
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(checkout, 'workflows/index.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(path.join(folder, 'workflow-bundle.js'), code);
  return {
    program: (source) => path.join(folder, source.replace(/\.ts$/, '.js')),
    workflows: code,
    remove: async () => {
      await rm(folder, { recursive: true, force: true });
      release();
    },
  };
};
