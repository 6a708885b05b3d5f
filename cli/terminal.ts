/** Whoever sits at a terminal: is asked, sees what a command waits for, and may leave it with Ctrl-C. */
import type { Key } from 'node:readline';
import type { Spinner } from 'yocto-spinner';
import { isPlainTerminal } from '../config.ts';
import { asTyped } from './hints.ts';

/** Exit code of a command that was interrupted, as shells have it. */
export const interrupted = 130;

/** Writes a line to standard error; its commands are shown as they are typed here. */
export const say = (line: string): void => void process.stderr.write(`${asTyped(line)}\n`);

/** Returns whether a question would be seen and can be answered. */
export const isAtTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Nobody looks where output is piped on, in continuous integration, and on a terminal that cannot move its cursor. */
const showsProgress = (): boolean => process.stdout.isTTY && process.stderr.isTTY && !isPlainTerminal();

let spinner: Spinner | undefined;

/**
 * Shows a spinner with this text while `work` runs, where somebody sees it; lines that are written meanwhile go above it.
 * @param work is given a function that changes the text
 */
export const during = async <T>(text: string, work: (show: (text: string) => void) => Promise<T>): Promise<T> => {
  if (!showsProgress()) return work(() => undefined);
  const { default: createSpinner } = await import('yocto-spinner');
  // Its own handling of signals would end the process before anything is said.
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

/** Sets what Ctrl-C says from now on: what goes on, or may have happened, although the command has ended. */
export const leaveBehind = (text: string): void => void (leftBehind = text);

const leave = (exitCode = interrupted): never => {
  spinner?.stop();
  say(leftBehind);
  process.exit(exitCode);
};

let onInterrupt = (): void => leave();

/** Ends the process in order at Ctrl-C, and when it is told to terminate. */
export const handleInterrupts = (): void => {
  process.on('SIGINT', () => onInterrupt());
  process.on('SIGTERM', () => leave(143));
};

/** One Ctrl-C reaches a script of npm twice: from the terminal, and passed on by npm. */
const oneKeystroke = 500;

/** Runs `body` to an end of its own, which a first Ctrl-C asks it to find early; a second one does not wait for that. */
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
 * Asks for one line at the terminal. Ctrl-C, Ctrl-D and Escape end the process like an interruption.
 * @param refuse what is wrong with a line, which is then corrected
 */
export const ask = async (question: string, refuse: (line: string) => string | undefined): Promise<string> => {
  const { isCancel, text } = await import('@clack/prompts');
  const left = new AbortController();
  // The library knows no end of input, and would wait for ever.
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
