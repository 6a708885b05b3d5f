#!/usr/bin/env node
/** The command line: arguments in, calls of the client, data out. */
import { CommanderError } from 'commander';
import { adviceFor, formatOf, type CommonOptions } from './cli/command.ts';
import { failureOf, formatFailure, formatStack, UsageError } from './cli/failure.ts';
import type { Format } from './cli/output.ts';
import { createProgram } from './cli/program.ts';
import { handleInterrupts } from './cli/terminal.ts';

const argv = process.argv.slice(2);
const program = createProgram();

/** Also of a command line that could not be read. */
const guessOptions = (): CommonOptions => {
  const [, output] = /(?:^|\s)(?:-o|--output)[ =]?(jsonc?|yaml|table|tsv|none)(?=\s|$)/.exec(argv.join(' ')) ?? [];
  return { verbose: argv.includes('--verbose'), ...(output ? { output: output as Format } : {}) };
};

const asUsage = ({ message }: CommanderError): UsageError =>
  new UsageError(message.replace(/^error: /, ''), adviceFor(program, argv));

/** Says what went wrong; returns the exit code. */
const report = (error: unknown): number => {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // A group of commands without a command: its help has been shown.
    if (error.code === 'commander.help') return 2;
  }
  const options = guessOptions();
  const failure = failureOf(error instanceof CommanderError ? asUsage(error) : error);
  if (options.verbose) process.stderr.write(formatStack(error));
  process.stderr.write(formatFailure(failure, formatOf(options)));
  return failure.exitCode;
};

handleInterrupts();
try {
  await program.parseAsync(argv, { from: 'user' });
} catch (error) {
  process.exitCode = report(error);
}
