/** One shell in which commands are typed one after another, as in a terminal that stays open. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { reapAtEnd } from '../../scripts/stack/reap-at-end.ts';

export type Shell = {
  /** Exit code, and what both streams have said in the order of time. */
  type: (command: string) => Promise<{ code: number; output: string }>;
  close: () => Promise<void>;
};

const longest = 90_000;
const mark = '=== ended with';
/** What is typed comes by a descriptor of its own, so that no command takes the next one for its input. */
const loop = `while IFS= read -r -d '' -u 3 typed; do eval "$typed" 2>&1 3<&-; printf '\\n${mark} %s\\n' $?; done`;

export const openShell = async (cwd: string, env: NodeJS.ProcessEnv): Promise<Shell> => {
  const shell = spawn('bash', ['-c', loop], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const pid = shell.pid ?? 0;
  const release = reapAtEnd(pid);
  const exited = once(shell, 'close').then(() => release());
  const keyboard = shell.stdio[3] as Writable;
  const screen = readScreen(shell.stdout as Readable);
  return {
    type: async (command) => {
      const seen = screen.untilMark();
      keyboard.write(`${command}\0`);
      const answer = await Promise.race([seen, exited, delay(longest, undefined, { ref: false })]);
      if (answer) return answer;
      throw new Error(`${command}\nhas no end. So far:\n${screen.soFar()}`);
    },
    close: async () => {
      keyboard.end();
      if (shell.exitCode === null) process.kill(-pid, 'SIGTERM');
      await exited;
    },
  };
};

const readScreen = (stream: Readable) => {
  let text = '';
  let tell: (() => void) | undefined;
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    tell?.();
  });
  const ended = new RegExp(`^([\\s\\S]*)\\n${mark} (\\d+)\\n`);
  return {
    soFar: () => text,
    untilMark: (): Promise<{ code: number; output: string }> =>
      new Promise((resolve) => {
        tell = () => {
          const found = ended.exec(text);
          if (!found) return;
          text = text.slice(found[0].length);
          tell = undefined;
          resolve({ code: Number(found[2]), output: found[1] ?? '' });
        };
      }),
  };
};
