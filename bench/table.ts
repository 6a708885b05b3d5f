/** The numbers as Markdown tables, for the terminal and for the page. */
import { armNames, arms } from './arms.ts';
import type { AccountFigures, Figures } from './figures.ts';
import type { Verdict } from './targets.ts';

const columns: readonly [string, (figures: Figures) => string][] = [
  ['wall s', ({ wall }) => wall.toFixed(2)],
  ['÷ script', ({ overFloor }) => overFloor.toFixed(3)],
  ['− script s', ({ pastFloor }) => pastFloor.toFixed(2)],
  ['key after s', ({ toKey }) => toKey.toFixed(2)],
  ['key ÷ complete', ({ keyShare }) => keyShare.toFixed(3)],
  ['events', ({ events }) => (events === undefined ? '–' : String(events))],
  ['reads', ({ reads }) => String(reads)],
  ['writes', ({ writes }) => String(writes)],
];

export const figuresTable = ({ medians }: AccountFigures): string =>
  markdown(
    ['arm', 'audit', ...columns.map(([title]) => title)],
    armNames.map((arm) => [arms[arm].says, arms[arm].audit, ...columns.map(([, shown]) => shown(medians[arm]))]),
  );

export const verdictTable = (verdicts: readonly Verdict[]): string =>
  markdown(
    ['target', 'at most', 'measured', ''],
    verdicts.map(({ says, most, value, met }) => [says, String(most), shortest(value), met ? 'met' : 'MISSED']),
  );

const shortest = (value: number): string => String(Number(value.toFixed(3)));

export const markdown = (head: string[], rows: string[][]): string =>
  [head, head.map((_, at) => (at < 1 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
