/** From rounds to numbers: every comparison is made within a round, and the median of the rounds counts. */
import { armNames, floorOf, type ArmName } from './arms.ts';
import type { Activation, Round } from './round.ts';

/** Medians over the rounds; seconds, ratios and counts. */
export type Figures = {
  wall: number;
  overFloor: number;
  pastFloor: number;
  toKey: number;
  keyShare: number;
  events?: number;
  reads: number;
  writes: number;
};

export type AccountFigures = {
  /** Seconds that the creation of the storage account takes. */
  account: number;
  rounds: Round[];
  medians: Record<ArmName, Figures>;
};

export const summarise = (account: number, rounds: Round[]): AccountFigures => ({
  account,
  rounds,
  medians: Object.fromEntries(armNames.map((arm) => [arm, figuresOf(arm, rounds)])) as Record<ArmName, Figures>,
});

const figuresOf = (arm: ArmName, rounds: readonly Round[]): Figures => {
  const over = (figure: (own: Activation, floor: Activation) => number): number =>
    median(rounds.map((round) => figure(round[arm], round[floorOf(arm)])));
  const hasHistory = rounds.every((round) => round[arm].events !== undefined);
  return {
    wall: over(({ wall }) => wall),
    overFloor: over(({ wall }, floor) => wall / floor.wall),
    pastFloor: over(({ wall }, floor) => wall - floor.wall),
    toKey: over(({ toKey }) => toKey),
    keyShare: over(({ toKey, wall }) => toKey / wall),
    ...(hasHistory ? { events: over(({ events }) => events ?? 0) } : {}),
    reads: over(({ reads }) => reads),
    writes: over(({ writes }) => writes),
  };
};

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
};
