/** Plays the cases on all cores, and puts the reports together. */
import { spawn, type ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Part, Report } from './main.ts';
import type { Kind } from './sample.ts';

const shards = 2;

/** Most of what a run makes is gone with it: so much room for what is new saves a fifteenth of the time. */
const roomForNew = '--max-semi-space-size=64';

/** Runs a program of this folder once for each shard, and reads the report that each prints as its last line. */
export const playShards = <R>(
  program: string,
  optionsOf: (shard: number, shards: number) => string[],
  watch: (child: ChildProcess) => void = () => undefined,
): Promise<R[]> =>
  Promise.all(Array.from({ length: shards }, (_, shard) => playShard<R>(program, optionsOf(shard, shards), watch)));

/**
 * Plays these kinds of cases of all scenarios. The undisturbed run of a scenario is played for each of its parts: so a sample
 * is one part, and where all cases are played the cores end at about the same time.
 */
export const playAll = async (
  { parts, onBegin }: { parts: number; onBegin?: (part: Part) => void },
  ...options: string[]
): Promise<Report> => {
  let left: Part[] | undefined;
  const handOut = (child: ChildProcess): void => {
    child.on('message', (scenarios: string[]) => {
      left ??= scenarios.flatMap((scenario) =>
        Array.from({ length: parts }, (_, part) => ({ scenario, part, of: parts })),
      );
      const next = left.shift();
      if (next) onBegin?.(next);
      child.send(next ?? 'none');
    });
  };
  const reports = await playShards<Report>('main.ts', () => options, handOut);
  const all = <T>(pick: (report: Report) => readonly T[]): T[] => reports.flatMap(pick);
  return {
    scenarios: all(({ scenarios: played }) => played),
    sites: sum(reports.map(({ sites }) => sites)),
    runs: sumOfKinds(reports.map(({ runs }) => runs)),
    idle: sumOfKinds(reports.map(({ idle }) => idle)),
    unseen: sum(reports.map(({ unseen }) => unseen)),
    seconds: Math.max(...reports.map(({ seconds }) => seconds)),
    processorSeconds: sum(reports.map(({ processorSeconds }) => processorSeconds)),
    failures: all(({ failures }) => failures),
    types: [...new Set(all(({ types }) => types))].toSorted(),
  };
};

const playShard = async <R>(program: string, options: string[], watch: (child: ChildProcess) => void): Promise<R> => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [roomForNew, fileURLToPath(new URL(program, import.meta.url)), ...options], {
    env: { ...env, ASE_PROVING: '1' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  watch(child);
  if (!child.stdout) throw new Error('the output of a shard cannot be read');
  const output = await text(child.stdout);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as R;
};

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const sumOfKinds = (counts: readonly Record<Kind, number>[]): Record<Kind, number> => ({
  singles: sum(counts.map(({ singles }) => singles)),
  'sign-in': sum(counts.map((count) => count['sign-in'])),
  pairs: sum(counts.map(({ pairs }) => pairs)),
  ends: sum(counts.map(({ ends }) => ends)),
});
