/** What somebody types after `npm run SCRIPT --`: understood, or refused in one line before anything is started. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Ends the process with 2 and one line where the options are none of these. */
export const optionsOf = <const Options extends NonNullable<ParseArgsConfig['options']>>(options: Options) => {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const [why = ''] = (error as Error).message.split(/\.?(?:\n|$)/);
    return refuse(`${why}. There are the options ${Object.keys(options).map(named).join(', ')}.`);
  }
};

/** Ends the process with 2 and one line where the value is no number to count with. */
export const countOf = (option: string, value: string): number =>
  /^\d{1,15}$/.test(value) ? Number(value) : refuse(`${named(option)} takes a whole number, not '${value}'.`);

const named = (option: string): string => `--${option}`;

/** Ends the process with 2 and this line. */
export const refuse = (line: string): never => {
  console.error(line);
  process.exit(2);
};
