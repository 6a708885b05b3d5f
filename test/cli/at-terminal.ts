/** Programs as a person at a terminal has them: a pseudo terminal is their standard input, output and error. */
import { spawn } from 'node:child_process';
import events from 'node:events';
import { fileURLToPath } from 'node:url';

/** Python's own module opens the pseudo terminal; exit codes are those of the program. */
const open = 'import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** It has no size until somebody gives it one. */
const sized = ['sh', '-c', 'stty cols 100 rows 40 && exec "$@"', 'sh'];

export type Typed = { once: RegExp; keys: string };

export const keys = { enter: '\r', ctrlC: '\u0003', ctrlD: '\u0004', escape: '\u001B' };

/** @param typing keys, each once the screen shows what is awaited */
export const atTerminal = async (
  command: readonly string[],
  typing: readonly Typed[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; screen: string }> => {
  const child = spawn('python3', ['-c', open, ...sized, ...command], { env });
  let screen = '';
  let from = 0;
  const waiting = [...typing];
  child.stdout.on('data', (chunk) => {
    screen += String(chunk);
    const [next] = waiting;
    if (!next?.once.test(screen.slice(from))) return;
    from = screen.length;
    waiting.shift();
    child.stdin.write(next.keys);
  });
  const [code] = (await events.once(child, 'close')) as [number];
  return { code, screen };
};

/** A program below this folder. */
export const program = (script: string, ...args: string[]): string[] => [
  process.execPath,
  fileURLToPath(new URL(script, import.meta.url)),
  ...args,
];

const telling = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS'];

/** Without the variables that change what a terminal shows. */
export const plainly = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !telling.includes(name))),
  TERM: 'xterm',
});
