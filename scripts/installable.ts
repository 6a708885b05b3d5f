/** What makes compiled files, which lie in the `dist/` of a checkout, a package that people install. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The common fields of a `package.json` and of an entry of `package-lock.json`. */
export type Manifest = {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  optional?: boolean;
  overrides?: Record<string, string>;
  [field: string]: unknown;
};
export type Lock = { packages: Record<string, Manifest> };

const fieldsOfCheckout = [
  'private',
  'workspaces',
  'scripts',
  'devDependencies',
  'optionalDependencies',
  'allowScripts',
  'overrides',
];

/**
 * Returns the `package.json` for `dist/`: without what belongs to the checkout, and with paths as seen from there.
 * @param pins versions of packages that are dependencies of others, and that are installed for all of them
 */
export const manifestOf = (checkout: Manifest, pins: Record<string, string> = {}): Manifest => {
  const own = Object.entries(checkout).filter(([field]) => !fieldsOfCheckout.includes(field));
  const moved = JSON.parse(JSON.stringify(Object.fromEntries(own)).replaceAll('./dist/', './')) as Manifest;
  return { ...moved, files: ['**/*'], dependencies: { ...moved.dependencies, ...pins } };
};

/**
 * Returns the version of each package that is installed for itself, but of those that hold types alone: npm installs a version
 * that is a dependency of the package for all who need the same, also from a tarball, whose shrinkwrap it does not heed (npm 10
 * and 11).
 */
export const pinsOf = ({ packages }: Lock, manifest: Manifest): Record<string, string> =>
  Object.fromEntries(
    [...installedFor(packages, manifest)].flatMap((folder) => {
      const { version, optional } = packages[folder]!;
      const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(folder) ?? [];
      return name === undefined || optional || name.startsWith('@types/') ? [] : [[name, version]];
    }),
  );

/** Returns the lock file of the checkout, reduced to the packages that an installation of the package includes. */
export const shrinkwrapOf = ({ packages, ...lock }: Lock, manifest: Manifest): Lock => {
  const installed = installedFor(packages, manifest);
  const entries = Object.entries(packages).filter(([folder]) => installed.has(folder));
  return { ...lock, packages: { '': manifest, ...Object.fromEntries(entries) } };
};

/** The folders of all packages that one of this manifest brings along. */
const installedFor = (packages: Lock['packages'], manifest: Manifest): Set<string> => {
  const installed = new Set<string>();
  const add = (folder: string): void => {
    for (const name of needsOf(folder === '' ? manifest : packages[folder]!)) {
      const found = placesOf(folder, name).find((place) => place in packages);
      if (found === undefined || installed.has(found)) continue;
      installed.add(found);
      add(found);
    }
  };
  add('');
  return installed;
};

const needsOf = ({
  dependencies,
  optionalDependencies,
  peerDependencies,
  peerDependenciesMeta,
}: Manifest): string[] => [
  ...Object.keys({ ...dependencies, ...optionalDependencies }),
  ...Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true),
];

/** Where Node looks for a package that the one in this folder imports, the nearest place first. */
const placesOf = (folder: string, name: string): string[] => {
  const above = folder.split('/node_modules/');
  const parents = above.map((_, index) => above.slice(0, above.length - index).join('/node_modules/'));
  return [...(folder === '' ? [] : parents.map((parent) => `${parent}/node_modules/${name}`)), `node_modules/${name}`];
};

/** Reads a file of JSON. */
export const readJson = async <T>(...file: string[]): Promise<T> =>
  JSON.parse(await readFile(path.join(...file), 'utf8')) as T;

/** Writes a file of JSON, indented. */
export const writeJson = (folder: string, file: string, content: object): Promise<void> =>
  writeFile(path.join(folder, file), `${JSON.stringify(content, undefined, 2)}\n`);

/** Copies files and folders under their names. */
export const copyInto = async (folder: string, from: string, names: readonly string[]): Promise<void> => {
  for (const name of names) await cp(path.join(from, name), path.join(folder, name), { recursive: true });
};
