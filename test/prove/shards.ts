/** Plays the cases on all cores, and puts the reports together. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Report } from './main.ts';

const shards = 2;

/** Most of what a run makes is gone with it: so much room for what is new saves a fifteenth of the time. */
const roomForNew = '--max-semi-space-size=64';

/** Runs a program of this folder once for each shard, and reads the report that each prints as its last line. */
export const playShards = <R>(program: string, optionsOf: (shard: number, shards: number) => string[]): Promise<R[]> =>
  Promise.all(Array.from({ length: shards }, (_, shard) => playShard<R>(program, optionsOf(shard, shards))));

export const playAll = async (...options: string[]): Promise<Report> => {
  const reports = await playShards<Report>('main.ts', (shard, shards) => [...options, '--shard', `${shard}/${shards}`]);
  const [first] = reports;
  if (!first) throw new Error('there is no shard');
  return {
    ...first,
    runs: sum(reports.map(({ runs }) => runs)),
    idle: sum(reports.map(({ idle }) => idle)),
    unseen: sum(reports.map(({ unseen }) => unseen)),
    seconds: Math.max(...reports.map(({ seconds }) => seconds)),
    processorSeconds: sum(reports.map(({ processorSeconds }) => processorSeconds)),
    failures: reports.flatMap(({ failures }) => failures),
    types: [...new Set(reports.flatMap(({ types }) => types))].toSorted(),
  };
};

const playShard = async <R>(program: string, options: string[]): Promise<R> => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [roomForNew, fileURLToPath(new URL(program, import.meta.url)), ...options], {
    env: { ...env, ASE_PROVING: '1' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (!child.stdout) throw new Error('the output of a shard cannot be read');
  const output = await text(child.stdout);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as R;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
