import { draw, type Seeded } from '../../local-azure/random.ts';

export type Random = ReturnType<typeof createRandom>;

/** The choices that follow from a seed. */
export const createRandom = (seed: number) => {
  const state: Seeded = { seed };
  return {
    between: (least: number, most: number): number => least + draw(state) * (most - least),
    oneOf: <T>(choices: readonly [T, ...T[]]): T => choices[Math.floor(draw(state) * choices.length)] ?? choices[0],
  };
};
