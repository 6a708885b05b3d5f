/** Options after `npm run SCRIPT --`: accepted, or refused in one line before anything is started. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Returns the options, or ends the process with 2 and one line if there is another option. */
export const optionsOf = <const Options extends NonNullable<ParseArgsConfig['options']>>(options: Options) => {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const [why = ''] = (error as Error).message.split(/\.?(?:\n|$)/);
    return refuse(`${why}. There are the options ${Object.keys(options).map(named).join(', ')}.`);
  }
};

/** Returns the number, or ends the process with 2 and one line if the value is not a whole number. */
export const countOf = (option: string, value: string): number =>
  /^\d{1,15}$/.test(value) ? Number(value) : refuse(`${named(option)} takes a whole number, not '${value}'.`);

const named = (option: string): string => `--${option}`;

/** Ends the process with 2 and this line. */
export const refuse = (line: string): never => {
  console.error(line);
  process.exit(2);
};
