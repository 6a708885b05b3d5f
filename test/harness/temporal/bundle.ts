import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type BundleOptions } from '@temporalio/worker';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const productWorkflows = path.join(root, 'workflows/index.ts');
const inThisProcess = new Map<string, Promise<string>>();

/** The bundled code of all workflows of a file, the product's by default. Bundled again only when a source has changed. */
export function bundleForTests(workflowsPath: string = productWorkflows): Promise<string> {
  const known = inThisProcess.get(workflowsPath) ?? cachedBundle(workflowsPath).then(({ code }) => code);
  inThisProcess.set(workflowsPath, known);
  return known;
}

/** A bundle with the hashes of the files that went into it, the lock file among them for all that is installed. */
type Kept = { hashes: Record<string, string>; code: string };

/** As `bundleForTests`, telling whether the cache had no current one. */
export async function cachedBundle(
  workflowsPath: string,
  cache: string = path.join(root, '.local/bundles'),
): Promise<{ code: string; fresh: boolean }> {
  const file = path.join(cache, `${hash(workflowsPath)}.json`);
  const kept = await readKept(file);
  if (kept && (await isCurrent(kept))) return { code: kept.code, fresh: false };
  const { code, sources } = await bundle(workflowsPath);
  const hashes: Kept['hashes'] = {};
  for (const source of sources) hashes[source] = await hashOf(source);
  await writeAtomically(file, JSON.stringify({ hashes, code } satisfies Kept));
  return { code, fresh: true };
}

async function bundle(workflowsPath: string): Promise<{ code: string; sources: string[] }> {
  const sources = new Set([path.join(root, 'package-lock.json')]);
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) => ({
      ...config,
      plugins: [...(config.plugins ?? []), rememberSources(sources)],
    }),
  });
  return { code, sources: [...sources] };
}

type WebpackConfiguration = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];
type Plugin = Extract<NonNullable<WebpackConfiguration['plugins']>[number], { apply: unknown }>;

const rememberSources = (sources: Set<string>): Plugin => ({
  apply(compiler) {
    compiler.hooks.done.tap('remember sources', ({ compilation }) => {
      for (const file of compilation.fileDependencies)
        if (file.startsWith(root) && !file.includes('node_modules') && path.extname(file)) sources.add(file);
    });
  },
});

async function readKept(file: string): Promise<Kept | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}

async function isCurrent({ hashes }: Kept): Promise<boolean> {
  const current = await Promise.all(Object.entries(hashes).map(async ([file, was]) => (await hashOf(file)) === was));
  return current.every(Boolean);
}

const hash = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex').slice(0, 16);

/** Of a file's content; empty for a file that is gone. */
const hashOf = (file: string): Promise<string> => readFile(file).then(hash, () => '');

/** Test files run as processes side by side: a reader sees the old file or the new one. */
async function writeAtomically(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content);
  await rename(draft, file);
}
