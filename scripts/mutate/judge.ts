/** A process that judges mistakes in a copy of the checkout, one after the other: it stays, and so does what it has loaded. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundler, openModules } from './modules.ts';
import { takeNoted } from './node-test.ts';

/** Run these test files in this order until the first failure, if they depend on the changed file. */
export type Order = { tests: readonly string[]; changed: string };
/** The first file that failed, if any. */
export type Verdict = { red?: string; why?: string };

const modules = openModules(process.cwd());
// A promise of a former mistake may be given up at any time.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);
console.log = console.info = console.warn = console.error = () => undefined;

/** It takes longer to bundle than to copy. */
const keepBundles = async (): Promise<() => Promise<void>> => {
  const { bundleForTests } = (await modules.import(bundler)) as { bundleForTests: () => Promise<string> };
  await bundleForTests();
  const folder = path.resolve('.local/bundles');
  const places = (await readdir(folder)).map((name) => path.join(folder, name));
  const texts = await Promise.all(places.map((place) => readFile(place, 'utf8')));
  return async () => {
    await Promise.all(places.map((place, at) => writeFile(place, texts[at]!)));
  };
};

const play = async (file: string): Promise<string | undefined> => {
  takeNoted();
  try {
    await modules.import(file);
    for (const one of takeNoted()) await one();
    return undefined;
  } catch (error) {
    return String(error).slice(0, 300);
  }
};

const restored = keepBundles();

/** Milliseconds of the processor after which no further file is begun: what nobody has noticed by then is not noticed. */
const enough = 60_000;

const usedBy = (began: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
};

const judge = async ({ tests, changed }: Order): Promise<Verdict> => {
  const restore = await restored;
  const reached = modules.renew(changed);
  const began = process.cpuUsage();
  try {
    for (const file of tests) {
      if (usedBy(began) > enough) break;
      const why = reached.has(file) ? await play(file) : undefined;
      if (why !== undefined) return { red: file, why };
    }
    return {};
  } finally {
    if (reached.has(bundler)) await restore();
  }
};

process.on('message', (order: Order) => {
  void judge(order).then((verdict) => process.send!(verdict));
});
