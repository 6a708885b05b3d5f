/**
 * A process with two children and a folder, as the scripts have them, to be ended from outside. Prints what it has as
 * one line of JSON. Arguments: the folder of the test, and the manner of its children.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { spawnChild, stopAll, untilReady } from '../../scripts/stack/processes.ts';
import { removeAtEnd } from '../../scripts/stack/reap-at-end.ts';

const [folder = '', manner = ''] = process.argv.slice(2);
const stub = path.join(import.meta.dirname, 'stub.ts');

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stopAll());

const scratch = path.join(folder, 'scratch');
await mkdir(scratch);
const keepScratch = removeAtEnd(scratch);

const children = [];
for (const name of ['older', 'younger']) {
  const args = [stub, name, path.join(folder, 'journal'), manner];
  const child = await spawnChild(name, process.execPath, args, { env: {} });
  const port = await untilReady(child, 20_000, () => child.output[0]);
  children.push({ pid: child.pid, port: Number(port), exited: child.exited });
}
console.log(JSON.stringify({ scratch, children }));

await Promise.all(children.map(({ exited }) => exited));
keepScratch();
