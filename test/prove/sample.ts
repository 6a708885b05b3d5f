import { draw, type Seeded } from '../../local-azure/random.ts';

/** So many of them, without one twice, drawn by a seed. */
export const sampleOf = <T>(all: readonly T[], count: number, seed: number): T[] => {
  const state: Seeded = { seed };
  const left = [...all];
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(Math.floor(draw(state) * left.length), 1)[0]!,
  );
};
