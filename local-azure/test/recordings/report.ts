/** What a replay found, in lines for people. */
import { scoreText } from './score.ts';
import { totalOf, type Played } from './replay.ts';

/** The scores of each session, what differs, what is not compared and why, and the five scores of all. */
export const reportOf = (played: Played[]): string =>
  [
    ...played.flatMap(({ src, score, differences }) => [
      score.status.of === 0 ? `${src}: nothing to compare` : `${src}: ${scoreText(score)}`,
      ...differences.map((difference) => `  ${difference.slice(src.length + 1)}`),
    ]),
    ...[...leftOutOf(played)].map(([reason, count]) => `not compared: ${count} ${reason}`),
    `TOTAL ${scoreText(totalOf(played))}`,
    '',
  ].join('\n');

/** How many exchanges are not compared, by reason. */
export const leftOutOf = (played: Played[]): Map<string, number> => {
  const total = new Map<string, number>();
  for (const { leftOut } of played) {
    for (const [reason, count] of leftOut) total.set(reason, (total.get(reason) ?? 0) + count);
  }
  return total;
};
