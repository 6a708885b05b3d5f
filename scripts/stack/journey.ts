/** A device's way to its first activation, walked with the real command line as the operator. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkout } from './local-files.ts';
import { describeExit, spawnChild } from './processes.ts';
import { removeAtEnd } from './reap-at-end.ts';
import type { Say } from './say.ts';
import type { Stack } from './stack.ts';

export const demoDevice = { resourceGroup: 'edge-rg', name: 'edge-1' };

/** A step that did not end well; its own words have been shown already. */
export class StepFailed extends Error {
  readonly step: string;
  constructor(step: string, reason: string) {
    super(reason);
    this.step = step;
  }
}

type Run = { program: readonly string[]; stdin?: number };

/** Asks for an activation key, reads it and pastes it into the simulated device. What they say passes through. */
export async function activateDevice(stack: Stack, say: Say): Promise<void> {
  const { resourceGroup, name } = demoDevice;
  const device = ['-g', resourceGroup, '-n', name];

  say(`Asking for an activation key for ${name}`);
  await run(stack, 'key generate', { program: [commandLine, 'key', 'generate', ...device, '-o', 'table'] });

  const folder = await mkdtemp(path.join(tmpdir(), 'ase-key-'));
  const release = removeAtEnd(folder);
  try {
    const keyFile = path.join(folder, 'key.txt');
    say('Reading the key with the operator’s own right to it');
    await run(stack, 'key show', { program: [commandLine, 'key', 'show', ...device, '--out-file', keyFile] });
    say(`Pasting it into the device ${name}`);
    await paste(stack, name, keyFile);
  } finally {
    await rm(folder, { recursive: true, force: true });
    release();
  }
  say(`${name} is activated`);
}

const commandLine = path.join(checkout, 'cli.ts');

async function paste(stack: Stack, name: string, keyFile: string): Promise<void> {
  const device = path.join(checkout, 'local-azure/device/main.ts');
  const key = await open(keyFile);
  try {
    const program = [device, 'activate', name, '--local-azure', stack.files.localAzure];
    await run(stack, 'device activate', { program, stdin: key.fd });
  } finally {
    await key.close();
  }
}

async function run(stack: Stack, step: string, { program, stdin }: Run): Promise<void> {
  const child = await spawnChild(step, process.execPath, program, {
    env: stack.operatorEnv,
    show: true,
    ...(stdin === undefined ? {} : { stdin }),
  });
  const exit = await child.exited;
  if (exit.code !== 0) throw new StepFailed(step, describeExit(exit));
}
