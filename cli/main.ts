/** The command line: arguments in, calls of the client, data out. */
import { CommanderError } from 'commander';
import { adviceFor, formatOf, typedOptions } from './command.ts';
import { failureOf, formatFailure, formatStack, UsageError } from './failure.ts';
import { createProgram } from './program.ts';
import { handleInterrupts } from './terminal.ts';

const argv = process.argv.slice(2);
const program = createProgram();

const asUsage = ({ message }: CommanderError): UsageError =>
  new UsageError(message.replace(/^error: /, ''), adviceFor(program, argv));

/** Prints an error; returns the exit code. */
const report = (error: unknown): number => {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // A group without a command; commander has printed its help.
    if (error.code === 'commander.help') return 2;
  }
  const options = typedOptions(program, argv);
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
