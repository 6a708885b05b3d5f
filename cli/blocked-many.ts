/** One decision about all operations that are blocked so: shown first, told one by one, counted in the end. */
import { createInterface } from 'node:readline/promises';
import type { Ase, DecisionOutcome, FoundBlocked, ManyDecision, Outcome } from '../client.ts';
import { countBlocked } from '../client/blocked-count.ts';
import { readConfig } from '../config.ts';
import { readFilter, sayNothingFound, type FilterOptions } from './blocked-filter.ts';
import { createTally } from './blocked-progress.ts';
import { openReport } from './blocked-report.ts';
import { print, say, type DeviceOptions } from './command.ts';
import { isAtTerminal } from './consent-prompt.ts';
import { UsageError } from './failure.ts';
import { interrupted, untilToldToStop } from './interrupt.ts';
import { table } from './output.ts';
import { withAse } from './session.ts';

export type ManyDecisionOptions = FilterOptions & { reason: string; by: string; yes?: boolean; report?: string };
type Options = DeviceOptions & ManyDecisionOptions;

/** @throws UsageError, before anything is looked for · AseError of the client */
export const decideAboutMany = async (decision: ManyDecision, options: Options): Promise<void> => {
  assertMeant(decision, options);
  const config = readConfig();
  const filter = readFilter(options, config);
  await withAse(config, options, async (ase) => {
    const found = await ase.findBlocked(filter);
    if (found.length === 0) await sayNothingFound(ase, filter);
    else say(describePlan(decision, found));
    if (found.length > 0 && !options.yes && !(await isConfirmed(decision, found))) return say('Nothing was decided.');
    await carryOut(ase, found, decision, options);
  });
};

/** What is asked for must be about many, and no more than was thought of. */
const assertMeant = ({ decision, input }: ManyDecision, options: Options): void => {
  const { name, id, step, failure, yes } = options;
  const list = 'what it would be about: ase blocked list, with the same options';
  if (name !== undefined || id !== undefined) {
    throw new UsageError('--all is about many devices', 'Leave out --all, or -n and --id.');
  }
  if (step === undefined && failure === undefined) {
    throw new UsageError('--all needs a cause', `Add --failure <type> or --step <step>; ${list}`);
  }
  if (input !== undefined && 'keyVaultName' in input) {
    const hint = 'Decide about each with a name of its own: ase blocked retry -g <group> -n <device> --input …';
    throw new UsageError('one key vault cannot be that of many devices', hint);
  }
  if (!yes && !isAtTerminal()) {
    throw new UsageError(`nobody is there to confirm to ${decision} many`, `Add --yes; ${list}`);
  }
};

const mostNamed = 5;

const describePlan = ({ decision }: ManyDecision, found: readonly FoundBlocked[]): string => {
  const named = found.slice(0, mostNamed).map(({ device }) => `  ${device}\n`);
  const more = found.length - named.length;
  const rest = more > 0 ? `  and ${more} more\n` : '';
  return `${decision} of ${found.length}:\n${table(countBlocked(found))}${named.join('')}${rest}`;
};

const isConfirmed = async ({ decision }: ManyDecision, found: readonly FoundBlocked[]): Promise<boolean> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
    const question = lines.question(`Type yes to ${decision} ${found.length === 1 ? 'it' : `all ${found.length}`}: `);
    return (await Promise.race([question, ended])).trim().toLowerCase() === 'yes';
  } finally {
    lines.close();
  }
};

/** Also when Temporal is lost or a person has had enough: what was done is written down and counted. */
const carryOut = async (
  ase: Ase,
  found: readonly FoundBlocked[],
  decision: ManyDecision,
  options: Options,
): Promise<void> => {
  const { write, close } = openReport(options.report);
  const tally = createTally(found.length);
  const outcomes: DecisionOutcome[] = [];
  const onOutcome = (outcome: DecisionOutcome): void => {
    outcomes.push(outcome);
    write({ ...outcome, decision: decision.decision, by: decision.by });
    tally.show(outcome);
  };
  try {
    await untilToldToStop(
      () => tally.say('Stopping: what is under way is seen to its end.'),
      (signal) => ase.decideMany({ found, ...decision }, { signal, onOutcome }),
    );
  } finally {
    tally.end();
    close();
    conclude(found.length, decision, outcomes, options);
  }
};

const conclude = (
  found: number,
  { decision }: ManyDecision,
  outcomes: readonly DecisionOutcome[],
  options: Options,
): void => {
  const count = (wanted: Outcome): number => outcomes.filter(({ outcome }) => outcome === wanted).length;
  const left = found - outcomes.length;
  if (left > 0) say(`${left} of ${found} were let be. The same command goes on with what is still blocked.`);
  if (left > 0) process.exitCode = interrupted;
  else if (count('refused') + count('failed') > 0) process.exitCode = 1;
  const others = outcomes.filter(({ outcome }) => outcome !== 'applied' && outcome !== 'signalled');
  print(
    {
      decision,
      found,
      applied: count('applied'),
      signalled: count('signalled'),
      decidedBefore: count('decided before'),
      gone: count('gone'),
      refused: count('refused'),
      failed: count('failed'),
      left,
      others: others.map(({ device, outcome, because }) => ({ device, outcome, because })),
    },
    options,
  );
};
