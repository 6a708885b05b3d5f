import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

type LockedPackage = { version?: string; optionalDependencies?: Record<string, string> };

const lock = JSON.parse(await readFile(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const locked = (name: string): string[] =>
  Object.entries(lock.packages)
    .filter(([path]) => path.endsWith(`node_modules/${name}`))
    .map(([, { version }]) => version ?? '');

test('the lock file contains every optional dependency it names, so that other platforms can install', () => {
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => locked(name).length === 0)
      .map((name) => `${path} needs ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('the Key Vault challenge policy is the one that never sends a secret before its token', () => {
  assert.deepEqual(locked('@azure/keyvault-common'), ['2.1.1']);
});

test('the tests run on the pinned Node', () => {
  assert.equal(process.version, 'v24.21.0');
});
