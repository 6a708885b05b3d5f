/** A journey through the product: commands as the operator types them, one after the other, and what they say. */
import path from 'node:path';
import { checkout } from './local-files.ts';
import { type Child, describeExit, spawnChild, withLastLines } from './processes.ts';
import type { Say } from './say.ts';
import type { Stack } from './stack.ts';

/** A failed step; its output has been shown already. */
export class StepFailed extends Error {
  readonly step: string;
  constructor(step: string, reason: string) {
    super(reason);
    this.step = step;
  }
}

export type Walk = {
  stack: Stack;
  say: Say;
  /** Says what happens, and runs a command; `endsWith` is the exit code that it must have, by default 0. */
  ase: (says: string, args: readonly string[], options?: { endsWith?: number }) => Promise<void>;
  /** Runs a command unseen and returns its data. */
  read: (args: readonly string[]) => Promise<unknown>;
  /** Pastes the key in an open file into a simulated device. */
  paste: (says: string, device: string, key: number) => Promise<void>;
};

const commandLine = path.join(checkout, 'cli.ts');
const simulatedDevice = path.join(checkout, 'local-azure/device/main.ts');

export function startWalk(stack: Stack, say: Say): Walk {
  const run = async (step: string, program: readonly string[], { endsWith = 0, ...how }: How): Promise<Child> => {
    const child = await spawnChild(step, process.execPath, program, { env: stack.operatorEnv, ...how });
    const exit = await child.exited;
    if (exit.code === endsWith) return child;
    const expected = endsWith === 0 ? '' : ` instead of ${endsWith}`;
    throw new StepFailed(step, withLastLines(child, `${describeExit(exit)}${expected}`));
  };
  return {
    stack,
    say,
    ase: async (says, args, options = {}) => {
      const step = typed(args);
      say(`${says}\n${' '.repeat(10)}$ ${step}`);
      await run(step, [commandLine, ...args, '-o', 'table'], { ...options, show: true });
    },
    read: async (args) => {
      const { output } = await run(typed(args), [commandLine, ...args, '-o', 'json'], {});
      return JSON.parse(output.join('\n')) as unknown;
    },
    paste: async (says, device, key) => {
      const step = `device activate ${device}`;
      say(`${says}\n${' '.repeat(10)}$ npm run -s device -- activate ${device} < key.txt`);
      const address = ['--local-azure', stack.files.localAzure];
      await run(step, [simulatedDevice, 'activate', device, ...address], { show: true, stdin: key });
    },
  };
}

type How = { endsWith?: number; show?: boolean; stdin?: number };

const typed = (args: readonly string[]): string => ['ase', ...args.map(quoted)].join(' ');

const quoted = (word: string): string => (/\s/.test(word) ? `"${word}"` : word);
