import path from 'node:path';
import { parseArgs } from 'node:util';

export type BenchOptions = {
  rounds: number;
  /** Lengths of a storage account's creation, in seconds; one set of rounds each. */
  accounts: number[];
  /** The JSON file. */
  out: string;
};

export const usage = `Usage: npm run bench -- [options]

  --rounds N            rounds for each length of the account's creation (default 3)
  --account S[,S...]    those lengths in seconds (default 20,180)
  --out FILE            where the numbers go as JSON (default bench/results.json)
`;

/**
 * Reads the options of the command line.
 * @throws Error with one line for the person who typed them
 */
export const readOptions = (args: string[]): BenchOptions => {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      account: { type: 'string', default: '20,180' },
      out: { type: 'string', default: path.join(import.meta.dirname, 'results.json') },
    },
  });
  return {
    rounds: positive('rounds', values.rounds),
    accounts: values.account.split(',').map((value) => positive('account', value)),
    out: values.out,
  };
};

const positive = (option: string, value: string): number => {
  if (/^[1-9]\d{0,4}$/.test(value)) return Number(value);
  throw new Error(`--${option} must be a whole number above zero, not '${value}'`);
};
