/** Two arms side by side: what is measured, and the least that its like could cost. */
import { median } from '../figures.ts';

export type Pair = { says: string; goal: number; ours: () => unknown; floor: () => unknown };

/** Medians, milliseconds. */
export type Timing = { says: string; goal: number; ours: number; floor: number; overFloor: number };

/** Measures the arms alternately, so that other load of the machine affects both. */
export const time = async ({ says, goal, ours, floor }: Pair, rounds: number): Promise<Timing> => {
  const measured: { ours: number; floor: number }[] = [];
  for (let round = -rounds / 5; round < rounds; round += 1) {
    const figures = { ours: await once(ours), floor: await once(floor) };
    if (round >= 0) measured.push(figures); // The rounds before warm the machine up.
  }
  return {
    says,
    goal,
    ours: median(measured.map((figures) => figures.ours)),
    floor: median(measured.map((figures) => figures.floor)),
    overFloor: median(measured.map((figures) => figures.ours / figures.floor)),
  };
};

const once = async (act: () => unknown): Promise<number> => {
  const start = performance.now();
  await act();
  return performance.now() - start;
};
