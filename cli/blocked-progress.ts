/** How far many decisions have come: a bar on a terminal, a line for each elsewhere. */
import type { DecisionOutcome, Outcome } from '../client.ts';
import { say } from './command.ts';

export type Tally = {
  show: (outcome: DecisionOutcome) => void;
  say: (line: string) => void;
  end: () => void;
};

export const createTally = (total: number, isTerminal = process.stderr.isTTY): Tally => {
  const counts = new Map<Outcome, number>();
  let done = 0;
  const draw = (): void => void process.stderr.write(`\r${barOf(done, total, counts)}\u001B[K`);
  return {
    show: (outcome) => {
      done += 1;
      counts.set(outcome.outcome, (counts.get(outcome.outcome) ?? 0) + 1);
      if (isTerminal) draw();
      else say(lineOf(done, total, outcome));
    },
    say: (line) => say(isTerminal && done > 0 ? `\n${line}` : line),
    end: () => {
      if (isTerminal && done > 0) process.stderr.write('\n');
    },
  };
};

const barWidth = 30;

/** `[###       ]  3/10  2 applied, 1 refused` */
export const barOf = (done: number, total: number, counts: ReadonlyMap<Outcome, number>): string => {
  const filled = Math.floor((done / total) * barWidth);
  const bar = '#'.repeat(filled).padEnd(barWidth);
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  return `[${bar}]  ${done}/${total}  ${parts.join(', ')}`;
};

export const lineOf = (
  done: number,
  total: number,
  { device, step, outcome, because }: Pick<DecisionOutcome, 'device' | 'step' | 'outcome' | 'because'>,
): string => {
  const of = `${String(done).padStart(String(total).length)}/${total}`;
  return `${of}  ${outcome.padEnd('decided before'.length)}  ${step} of ${device}${because ? `: ${because}` : ''}`;
};
