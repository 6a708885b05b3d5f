/** The terminal: questions, the spinner, and Ctrl-C. */
import type { Key } from 'node:readline';
import type { Spinner } from 'yocto-spinner';
import { isPlainTerminal } from '../config.ts';
import { asTyped } from './hints.ts';

/** Exit code of a command that was interrupted, as shells have it. */
export const interrupted = 130;

/** Writes a line to standard error, with its commands as they are typed here. */
export const say = (line: string): void => void process.stderr.write(`${asTyped(line)}\n`);

/** Returns whether a person can read a question and answer it. */
export const isAtTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Not in a pipe, in continuous integration, or on a terminal that cannot move its cursor. */
const showsProgress = (): boolean => process.stdout.isTTY && process.stderr.isTTY && !isPlainTerminal();

let spinner: Spinner | undefined;

/**
 * Shows a spinner while `work` runs, on a terminal only. Other lines appear above the spinner.
 * @param work receives a function that changes the text
 */
export const during = async <T>(text: string, work: (show: (text: string) => void) => Promise<T>): Promise<T> => {
  if (!showsProgress()) return work(() => undefined);
  const { default: createSpinner } = await import('yocto-spinner');
  // The library's own handler would end the process without a message.
  const shown = createSpinner({ text, handleSignals: false }).start();
  spinner = shown;
  try {
    return await work((changed) => (shown.text = changed));
  } finally {
    shown.stop();
    spinner = undefined;
  }
};

let leftBehind = 'Interrupted. Nothing was changed.';

/** Sets the message of Ctrl-C from now on: what continues, or may have happened. */
export const leaveBehind = (text: string): void => void (leftBehind = text);

const leave = (exitCode = interrupted): never => {
  spinner?.stop();
  say(leftBehind);
  process.exit(exitCode);
};

let onInterrupt = (): void => leave();

/** Handles SIGINT and SIGTERM: restores the terminal, prints the message, and exits. */
export const handleInterrupts = (): void => {
  process.on('SIGINT', () => onInterrupt());
  process.on('SIGTERM', () => leave(143));
};

/** Milliseconds. A script of npm receives one Ctrl-C twice: from the terminal and from npm. */
const oneKeystroke = 500;

/** Runs `body`. A first Ctrl-C aborts the signal, so that `body` can end early; a second one exits at once. */
export const untilToldToStop = async <T>(onStop: () => void, body: (signal: AbortSignal) => Promise<T>): Promise<T> => {
  const stop = new AbortController();
  let askedAt = 0;
  const leaveAtOnce = onInterrupt;
  onInterrupt = () => {
    if (stop.signal.aborted && Date.now() - askedAt > oneKeystroke) leaveAtOnce();
    if (stop.signal.aborted) return;
    askedAt = Date.now();
    stop.abort();
    onStop();
  };
  try {
    return await body(stop.signal);
  } finally {
    onInterrupt = leaveAtOnce;
  }
};

/**
 * Asks for one line at the terminal. Ctrl-C, Ctrl-D and Escape interrupt the command.
 * @param refuse returns what is wrong with a line, or nothing
 */
export const ask = async (question: string, refuse: (line: string) => string | undefined): Promise<string> => {
  const { isCancel, text } = await import('@clack/prompts');
  const left = new AbortController();
  // The library ignores the end of input, and would never return.
  const onKey = (_: unknown, key: Key): void => {
    if (key.ctrl && key.name === 'd') left.abort();
  };
  process.stdin.on('keypress', onKey);
  const line = await text({
    message: question,
    output: process.stderr,
    signal: left.signal,
    withGuide: false,
    validate: (typed = '') => refuse(typed),
  });
  process.stdin.off('keypress', onKey);
  return isCancel(line) ? leave() : line;
};
