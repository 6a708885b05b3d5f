import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Control } from '../control.ts';
import { connectControl, type ControlAddress, type ControlArgument } from '../control-client.ts';
import { faultExamples, plainFaults } from '../faults/action.ts';
import { descriptions } from './descriptions.ts';

const usage = (): string => `Usage: npm run -s control -- FUNCTION [JSON] [--local-azure FILE]

Triggers an event in the running local Azure and prints the result, if any, as JSON.
FILE contains the line that the local Azure printed (default: .local/local-azure.json).

${Object.entries(descriptions).map(describe).join('')}
The "action" of a fault is one of ${Object.keys(plainFaults).join(', ')}, or like one of these:
${faultExamples.map((action) => `  ${JSON.stringify(action)}\n`).join('')}`;

const describe = ([name, { does, example }]: [string, { does: string; example?: object }]): string =>
  `  ${name}: ${does}\n${example ? `      ${name} '${JSON.stringify(example)}'\n` : ''}`;

type Request = { name: keyof Control; argument: ControlArgument<keyof Control>; file: string };

/** Nothing where it is asked what there is. @throws Error that says what to type */
const parseArguments = (args: string[]): Request | undefined => {
  const { values, positionals } = parseArgs({
    args,
    options: {
      'local-azure': { type: 'string', default: '.local/local-azure.json' },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  });
  const [name, argument = '{}', surplus] = positionals;
  if (values.help || name === undefined) return undefined;
  if (!isFunctionName(name)) throw new Error(`No function '${name}'. Run without arguments for the list.`);
  if (surplus !== undefined) throw new Error(`Type one JSON object after ${name}, in quotes; got also '${surplus}'.`);
  return { name, argument: jsonIn(argument, name), file: values['local-azure'] };
};

const jsonIn = (argument: string, name: keyof Control): Request['argument'] => {
  try {
    return JSON.parse(argument) as Request['argument'];
  } catch {
    const { example } = descriptions[name];
    const shown = example ? `, as in '${JSON.stringify(example)}'` : '';
    throw new Error(`${argument} is not JSON: type ${name}${shown}.`);
  }
};

const isFunctionName = (name: string): name is keyof Control => Object.hasOwn(descriptions, name);

const addressIn = async (file: string): Promise<ControlAddress> =>
  JSON.parse(await readFile(file, 'utf8')) as ControlAddress;

/** Returns the exit code: 0 done, 1 refused or no local Azure to be found, 2 not understood. */
const main = async (args: string[]): Promise<number> => {
  let request: Request | undefined;
  try {
    request = parseArguments(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  if (!request) {
    process.stderr.write(usage());
    return 2;
  }
  const { name, argument, file } = request;
  try {
    const control = await connectControl(await addressIn(file));
    const result = await control.call(name, argument).finally(() => control.close());
    // For people: programs read results on the other stream.
    if (result === null) process.stderr.write('done\n');
    else process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // What the controls refuse has no code; what keeps us from them has one.
    const where = code === undefined ? '' : `No running local Azure found through ${file}: `;
    process.stderr.write(`${where}${message}\n`);
    return 1;
  }
};

process.exitCode = await main(process.argv.slice(2));
