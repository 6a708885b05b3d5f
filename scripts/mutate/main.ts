/**
 * `npm run prove:mutants`: puts small mistakes into the code that judges, one at a time, and looks whether the tests notice.
 * `-- --every 1` tries all of them instead of every eighth, `-- --only domain/consent.ts` those of one file.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { countOf, optionsOf } from '../options.ts';
import { removeAtEnd } from '../stack/reap-at-end.ts';
import { makeCopy, type Copy } from './copy.ts';
import { mutantsOf, sampleOf, type Mutant } from './mutants.ts';
import { objections, readReasons, type Verdict } from './survivors.ts';
import { stagesOf } from './tests-of.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const leastNoticed = 0.95;

const values = optionsOf({
  every: { type: 'string', default: '8' },
  only: { type: 'string', default: '' },
  jobs: { type: 'string', default: String(availableParallelism()) },
});
const everyNth = countOf('every', values.every);
const jobs = countOf('jobs', values.jobs);

const judging = async (): Promise<string[]> => {
  const domain = await readdir(path.join(root, 'domain'));
  return [...domain.sort().map((name) => `domain/${name}`), 'workflows/consent.ts', 'workflows/decisions.ts'];
};

const allMutants = async (): Promise<Mutant[]> => {
  const files = await judging();
  const found = files.map(async (file) => mutantsOf(file, await readFile(path.join(root, file), 'utf8')));
  return (await Promise.all(found)).flat();
};

/** Tests that are red without any mistake would notice every one. */
const assertGreen = async (copy: Copy, mutants: readonly Mutant[]): Promise<void> => {
  const tests = new Set(mutants.flatMap(({ file }) => stagesOf(root, file).flat()));
  if (!(await copy.isGreen([...tests]))) throw new Error('the tests are red as it is');
};

const judge = async (copies: readonly Copy[], mutants: readonly Mutant[]): Promise<Verdict[]> => {
  const waiting = [...mutants];
  const verdicts: Verdict[] = [];
  const work = async (copy: Copy): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const noticed = await copy.notices(mutant, stagesOf(root, mutant.file));
      verdicts.push({ key: mutant.key, noticed });
      if (!noticed) console.log(`${mutant.file}:${mutant.line} survives: ${mutant.key}`);
    }
  };
  await Promise.all(copies.map(work));
  return verdicts;
};

const prove = async (place: string): Promise<void> => {
  const began = performance.now();
  const every = await allMutants();
  const mutants = sampleOf(every, everyNth).filter(({ file }) => file.startsWith(values.only));
  if (mutants.length === 0) throw new Error('no mistake is among those chosen');
  const names = Array.from({ length: jobs }, (_, job) => path.join(place, `copy-${job + 1}`));
  const copies = await Promise.all(names.map((name) => makeCopy(root, name)));
  await assertGreen(copies[0]!, mutants);
  const verdicts = await judge(copies, mutants);
  const reasons = await readReasons(new URL('survivors.txt', import.meta.url));
  const wrong = objections(verdicts, reasons, new Set(every.map(({ key }) => key)), leastNoticed);
  const noticed = verdicts.filter((verdict) => verdict.noticed).length;
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${noticed} of ${verdicts.length} mistakes noticed (of ${every.length} there are), in ${seconds} s`);
  for (const objection of wrong) console.error(objection);
  if (wrong.length > 0) process.exitCode = 1;
};

const place = await mkdtemp(path.join(tmpdir(), 'ase-mutants-'));
const release = removeAtEnd(place);
try {
  await prove(place);
} finally {
  await rm(place, { recursive: true, force: true });
  release();
}
