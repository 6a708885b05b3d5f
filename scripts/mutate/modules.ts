/**
 * The modules of this process: those of a checkout can be loaded anew, as far as they depend on a file that was changed, while all
 * others stay as they are. What is installed takes seconds to load.
 */
import { globSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Modules that import this one bundle the workflows, and read their files instead of importing them. */
export const bundler = 'test/harness/temporal/bundle.ts';
const bundled = 'workflows/index.ts';

export type Modules = ReturnType<typeof openModules>;

/** @param root of the checkout that this process runs in */
export const openModules = (root: string) => {
  const rootUrl = pathToFileURL(`${root}/`).href;
  const importers = importersIn(root);
  let round = 0;
  let stale: ReadonlySet<string> = new Set();

  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'node:test') return next(new URL('node-test.ts', import.meta.url).href, context);
      const found = next(specifier, context);
      const [url = ''] = found.url.split('?');
      if (!url.startsWith(rootUrl) || !stale.has(url.slice(rootUrl.length))) return found;
      return { ...found, url: `${url}?round=${round}` };
    },
  });

  return {
    import: (file: string): Promise<unknown> =>
      import(`${rootUrl}${file}${stale.has(file) ? `?round=${round}` : ''}`) as Promise<unknown>,
    /** From now on `file`, and what depends on it, is loaded anew. Answers which files those are. */
    renew: (file: string): ReadonlySet<string> => {
      round += 1;
      stale = dependents(importers, file);
      return stale;
    },
  };
};

type Importers = ReadonlyMap<string, ReadonlySet<string>>;

const dependents = (importers: Importers, file: string): Set<string> => {
  const found = new Set([file]);
  for (const name of found) {
    for (const importer of importers.get(name) ?? []) found.add(importer);
    if (name === bundled) found.add(bundler);
  }
  return found;
};

const importersIn = (root: string): Importers => {
  const importers = new Map<string, Set<string>>();
  const files = globSync('**/*.ts', { cwd: root, exclude: (name) => name === 'node_modules' });
  for (const file of files) {
    const source = readFileSync(path.join(root, file), 'utf8');
    for (const [, specifier = ''] of source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
      const name = path.join(path.dirname(file), specifier);
      importers.set(name, (importers.get(name) ?? new Set()).add(file));
    }
  }
  return importers;
};
