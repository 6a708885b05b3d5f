import type { ArmName } from './arms.ts';
import type { AccountFigures, Figures } from './figures.ts';

type Target = { says: string; account: number; arm: ArmName; figure: keyof Figures; most: number };

/** What the project promises about its speed. */
const targets: readonly Target[] = [
  { says: 'ours ÷ bare script, account of 180 s', account: 180, arm: 'ours', figure: 'overFloor', most: 1.04 },
  { says: 'ours − bare script (s), account of 20 s', account: 20, arm: 'ours', figure: 'pastFloor', most: 1.5 },
  { says: 'history events, account of 20 s', account: 20, arm: 'ours', figure: 'events', most: 80 },
  { says: 'history events, account of 180 s', account: 180, arm: 'ours', figure: 'events', most: 80 },
  {
    says: 'time to key ÷ time to complete, audit after, account of 180 s',
    account: 180,
    arm: 'ours-after',
    figure: 'keyShare',
    most: 0.15,
  },
];

export type Verdict = { says: string; value: number; most: number; met: boolean };

/** Judges the targets for which the run has numbers. */
export const judge = (measured: readonly AccountFigures[]): Verdict[] =>
  targets.flatMap(({ says, account, arm, figure, most }) => {
    const value = measured.find((figures) => figures.account === account)?.medians[arm][figure];
    return value === undefined ? [] : [{ says, value, most, met: value <= most }];
  });
