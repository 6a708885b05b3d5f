/** What is played, and how much of it. */
import { createHash } from 'node:crypto';
import { draw, type Seeded } from '../../local-azure/random.ts';
import { countOf, refuse } from '../../scripts/options.ts';

/** Single faults, those of the requests for tokens alone, pairs of faults, ends of a run. */
const kinds = ['singles', 'sign-in', 'pairs', 'ends'] as const;
export type Kind = (typeof kinds)[number];

/** So many cases of this kind of each scenario. */
export type Asked = { kind: Kind; each: number };

/** `ends` are all of them, `ends:4` four of each scenario. Ends the process with 2 and one line for anything else. */
export const readKind = (said: string): Asked => {
  const [name, each] = said.split(':');
  const kind = kinds.find((one) => one === name);
  if (!kind) return refuse(`--kind takes ${kinds.join(', ')}, or a sample as in ${kinds[0]}:9, not '${said}'.`);
  return { kind, each: each === undefined ? Infinity : countOf('kind', each) };
};

/** Another one for each purpose, so that not all samples begin at the same place. */
export const seedOf = (seed: number, purpose: string): number =>
  createHash('sha256').update(`${seed} ${purpose}`).digest().readUInt32BE();

/** So many of them, without one twice, drawn by a seed. */
export const sampleOf = <T>(all: readonly T[], count: number, seed: number): T[] => {
  const state: Seeded = { seed };
  const left = [...all];
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(Math.floor(draw(state) * left.length), 1)[0]!,
  );
};
