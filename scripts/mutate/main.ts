/**
 * `npm run prove:mutants`: puts small mistakes into the code that judges, one at a time, and looks whether the tests notice.
 * 400 are drawn by a new seed each time; `-- --seed 7` draws those of that seed again, `-- --sample 100` fewer,
 * `-- --only activities/` those of one place.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { countOf, optionsOf } from '../options.ts';
import { removeAtEnd } from '../stack/reap-at-end.ts';
import { objections, readReasons } from './equivalents.ts';
import { openJudge, type Judge } from './judges.ts';
import { mutantsOf, sampleOf, type Mutant } from './mutants.ts';
import { testsOf } from './tests-of.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const leastNoticed = 0.95;

const values = optionsOf({
  seed: { type: 'string', default: String(randomInt(1_000_000)) },
  sample: { type: 'string', default: '400' },
  only: { type: 'string', default: '' },
  jobs: { type: 'string', default: String(availableParallelism()) },
});
const seed = countOf('seed', values.seed);
const sample = countOf('sample', values.sample);
const jobs = countOf('jobs', values.jobs);

/** Whole rooms, and of the Azure clients' what reads their errors. */
const judging = async (): Promise<string[]> => {
  const rooms = ['domain', 'activities', 'workflows', 'azure/budgets'];
  const names = await Promise.all(rooms.map((room) => readdir(path.join(root, room))));
  const files = rooms.flatMap((room, at) => names[at]!.toSorted().map((name) => `${room}/${name}`));
  return [...files, 'azure/errors.ts', 'azure/error-bodies.ts', 'azure/secrets-in-hand.ts'];
};

const allMutants = async (): Promise<Mutant[]> => {
  const files = await judging();
  const found = files.map(async (file) => mutantsOf(file, await readFile(path.join(root, file), 'utf8')));
  return (await Promise.all(found)).flat();
};

type Judged = { mutant: Mutant; red: string | undefined };

const judgeAll = async (judges: readonly Judge[], mutants: readonly Mutant[]): Promise<Judged[]> => {
  const waiting = [...mutants];
  const judged: Judged[] = [];
  const work = async (judge: Judge): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const { red } = await judge.judge(mutant, testsOf(root, mutant.file));
      judged.push({ mutant, red });
      if (red === undefined) console.log(`${mutant.file}:${mutant.line} survives: ${mutant.key}`);
    }
  };
  await Promise.all(judges.map(work));
  return judged;
};

const prove = async (place: string, judges: Judge[]): Promise<void> => {
  const began = performance.now();
  const every = await allMutants();
  const reasons = await readReasons(new URL('equivalents.txt', import.meta.url));
  const counted = every.filter(({ key, file }) => !reasons.has(key) && file.startsWith(values.only));
  const mutants = sampleOf(counted, seed, sample);
  if (mutants.length === 0) throw new Error('no mistake matches the options');
  console.log(`seed ${seed}: ${mutants.length} of ${counted.length} mistakes`);
  for (let job = 1; job <= jobs; job++) judges.push(await openJudge(root, path.join(place, `copy-${job}`)));
  const judged = await judgeAll(judges, mutants);
  const noticed = judged.filter(({ red }) => red !== undefined);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`seed ${seed}: ${noticed.length} of ${judged.length} mistakes noticed, in ${seconds} s`);
  const wrong = objections(reasons, new Set(every.map(({ key }) => key)));
  if (noticed.length < leastNoticed * judged.length) wrong.push(`fewer than ${leastNoticed * 100} % were noticed`);
  for (const objection of wrong) console.error(objection);
  if (wrong.length > 0) process.exitCode = 1;
};

const place = await mkdtemp(path.join(tmpdir(), 'ase-mutants-'));
const release = removeAtEnd(place);
const judges: Judge[] = [];
try {
  await prove(place, judges);
} finally {
  for (const judge of judges) judge.end();
  await rm(place, { recursive: true, force: true });
  release();
}
