/** One decision about many blocked operations: shows the plan, asks, reports each outcome, and prints the totals. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Ase, BlockedFilter, DecisionOutcome, FoundBlocked, ManyDecision, Outcome } from '../client.ts';
import { blockingFailures, procedureNames, stepNames } from '../client/procedures.ts';
import { countBlocked } from '../client/searches.ts';
import { readConfig, type Config } from '../config.ts';
import { print, type DeviceOptions } from './command.ts';
import { UsageError } from './failure.ts';
import { withAse } from './operation.ts';
import { table } from './output.ts';
import { ask, during, interrupted, isAtTerminal, leaveBehind, say, untilToldToStop } from './terminal.ts';

/** Options that select blocked operations. */
export type FilterOptions = {
  subscription?: string;
  resourceGroup?: string;
  step?: string;
  failure?: string;
  procedure?: string;
};

/** Returns the filter that the options describe. @throws UsageError for a resource group without a subscription */
export const readFilter = (options: FilterOptions, config: Config): BlockedFilter => {
  const { resourceGroup, step, failure, procedure, subscription } = options;
  const subscriptionId = subscription ?? (resourceGroup === undefined ? undefined : config.subscriptionId);
  if (resourceGroup !== undefined && subscriptionId === undefined) {
    throw new UsageError('-g needs a subscription', 'Set AZURE_SUBSCRIPTION_ID, or add --subscription <id>.');
  }
  return {
    ...(subscriptionId === undefined ? {} : { subscriptionId }),
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
    ...(step === undefined ? {} : { step }),
    ...(failure === undefined ? {} : { failure }),
    ...(procedure === undefined ? {} : { procedure }),
  };
};

/**
 * Reports an empty selection with the count of all other blocked operations: a mistyped filter must not hide them.
 * @throws UsageError for a name that neither this release nor a blocked operation has
 */
export const sayNothingFound = async (ase: Ase, filter: BlockedFilter): Promise<void> => {
  assertKnown(filter);
  const others = Object.keys(filter).length === 0 ? [] : await ase.findBlocked({});
  const where = filter.resourceGroup === undefined ? '' : ` in the resource group ${filter.resourceGroup}`;
  if (others.length === 0) return say(`No operation is blocked${where}.`);
  say(`No matching operation is blocked${where} (others: ${others.length}): ase blocked list`);
};

const knownNames = { step: stepNames, failure: blockingFailures, procedure: procedureNames } as const;

/** The name of another release is accepted where an operation is blocked by it. */
const assertKnown = (filter: BlockedFilter): void => {
  for (const kind of ['step', 'failure', 'procedure'] as const) {
    const name = filter[kind];
    const names: readonly string[] = knownNames[kind];
    if (name === undefined || names.includes(name)) continue;
    const nearest = names.toSorted((one, other) => similarity(other, name) - similarity(one, name))[0];
    throw new UsageError(
      `no ${kind} that blocks is called "${name}"`,
      `Did you mean --${kind} ${nearest}? Nothing was decided.`,
    );
  }
};

/** Returns which part of their pairs of neighbouring letters two names share. */
const similarity = (one: string, other: string): number => {
  const [ones, others] = [pairsOf(one), pairsOf(other)];
  const shared = [...ones].filter((pair) => others.has(pair)).length;
  return shared / (ones.size + others.size - shared);
};

const pairsOf = (name: string): Set<string> =>
  new Set(
    name
      .toLowerCase()
      .split('')
      .map((letter, at, letters) => `${letter}${letters[at + 1] ?? ''}`),
  );

/** Options of a decision about many operations. */
export type ManyDecisionOptions = FilterOptions & { reason: string; by: string; yes?: boolean; report?: string };
type Options = DeviceOptions & ManyDecisionOptions;

/** Applies one decision to all operations that match. @throws UsageError, before any search · AseError of the client */
export const decideAboutMany = async (decision: ManyDecision, options: Options): Promise<void> => {
  assertMeant(decision, options);
  const config = readConfig();
  const filter = readFilter(options, config);
  await withAse(config, options, async (ase) => {
    const found = await during('Looking for blocked operations', () => ase.findBlocked(filter));
    if (found.length === 0) await sayNothingFound(ase, filter);
    else say(describePlan(decision, found));
    if (found.length > 0 && !options.yes && !(await isConfirmed(decision, found))) return say('Nothing was decided.');
    await carryOut(ase, found, decision, options);
  });
};

/** Requires a cause, and a confirmation or `--yes`: a decision about many must not reach more than intended. */
const assertMeant = ({ decision, input }: ManyDecision, options: Options): void => {
  const { name, id, step, failure, yes } = options;
  const list = 'to see which operations match: ase blocked list, with the same options';
  if (name !== undefined || id !== undefined) {
    throw new UsageError('--all excludes -n and --id', 'Remove --all, or remove -n and --id.');
  }
  if (step === undefined && failure === undefined) {
    throw new UsageError('--all requires a cause', `Add --failure <type> or --step <step>; ${list}`);
  }
  if (input !== undefined && 'keyVaultName' in input) {
    const hint = 'Decide about each device with its own name: ase blocked retry -g <group> -n <device> --input …';
    throw new UsageError('one key vault cannot serve several devices', hint);
  }
  if (!yes && !isAtTerminal()) {
    throw new UsageError(`no terminal to confirm ${decision} of several operations`, `Add --yes; ${list}`);
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
  const line = await ask(
    `Type yes to ${decision} ${found.length === 1 ? 'it' : `all ${found.length}`}:`,
    () => undefined,
  );
  return line.trim().toLowerCase() === 'yes';
};

/** Sends the decisions. The report and the totals are complete even if Temporal fails or a person stops the command. */
const carryOut = async (
  ase: Ase,
  found: readonly FoundBlocked[],
  decision: ManyDecision,
  options: Options,
): Promise<void> => {
  const { write, close } = openReport(options.report);
  const outcomes: DecisionOutcome[] = [];
  leaveBehind('Interrupted. Decisions under way may still be recorded. To see what is still blocked: ase blocked list');
  try {
    await during(`0/${found.length}`, (show) => {
      const onOutcome = (outcome: DecisionOutcome): void => {
        outcomes.push(outcome);
        write({ ...outcome, decision: decision.decision, by: decision.by });
        say(lineOf(outcomes.length, found.length, outcome));
        show(tallyOf(found.length, outcomes));
      };
      return untilToldToStop(
        () => say('Stopping after the decisions that are under way.'),
        (signal) => ase.decideMany({ found, ...decision }, { signal, onOutcome }),
      );
    });
  } finally {
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
  if (left > 0) say(`${left} of ${found} were skipped. To continue, run the same command again.`);
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

/** Returns the progress of the decisions: `3/10  2 applied, 1 refused`. */
export const tallyOf = (total: number, outcomes: readonly Pick<DecisionOutcome, 'outcome'>[]): string => {
  const counts = Object.entries(Object.groupBy(outcomes, ({ outcome }) => outcome));
  return `${outcomes.length}/${total}  ${counts.map(([outcome, those]) => `${those.length} ${outcome}`).join(', ')}`;
};

/** Returns the line of one outcome: `  3/100  gone  lockKeyVault of sub/edge-rg/edge-1: it has ended`. */
export const lineOf = (
  done: number,
  total: number,
  { device, step, outcome, because }: Pick<DecisionOutcome, 'device' | 'step' | 'outcome' | 'because'>,
): string => {
  const of = `${String(done).padStart(String(total).length)}/${total}`;
  return `${of}  ${outcome.padEnd('decided before'.length)}  ${step} of ${device}${because ? `: ${because}` : ''}`;
};

type Report = { write: (line: object) => void; close: () => void };

/**
 * Opens a report of one JSON object per line. Each line is written at once, so that an interruption loses none, and appended, so
 * that a second run continues the report of the first. @throws UsageError
 */
const openReport = (file: string | undefined): Report => {
  if (file === undefined) return { write: () => undefined, close: () => undefined };
  const descriptor = open(file);
  return {
    write: (line) => void writeSync(descriptor, `${JSON.stringify(line)}\n`),
    close: () => closeSync(descriptor),
  };
};

const open = (file: string): number => {
  try {
    return openSync(file, 'a');
  } catch (error) {
    throw new UsageError(
      `the report cannot be written: ${(error as Error).message}`,
      'Choose a --report file in a folder that exists and is writable.',
    );
  }
};
