/**
 * A checkout of its own for each test: our scripts, beside stand-ins for all that they start but Temporal. So a stack
 * that a developer has up is not touched, and the tests know what each process does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { readEnv } from '../../scripts/stack/env-file.ts';
import { identify, isAlive } from '../../scripts/stack/process-identity.ts';
import { eventually } from './eventually.ts';

const origin = path.join(import.meta.dirname, '../..');

export type Script = {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
};

export type Checkout = {
  folder: string;
  start(script: 'start' | 'dev' | 'demo'): Script;
  /** The same as npm runs it: in a shell, which is the process that is returned. */
  startInShell(script: 'dev'): Script;
  /** Resolves when the stack is ready: its variables, as another terminal finds them. */
  variables(script: Script): Promise<Readonly<Record<string, string>>>;
  mark(file: string): Promise<void>;
  read(file: string): Promise<string>;
  local(): Promise<string[]>;
  remove(): Promise<void>;
};

export async function makeCheckout(): Promise<Checkout> {
  const folder = await takeFolder();
  await cp(path.join(import.meta.dirname, 'stub-checkout'), folder, { recursive: true });
  await cp(path.join(origin, 'scripts'), path.join(folder, 'scripts'), { recursive: true });
  for (const file of ['package.json', 'temporal-requirements.txt', 'workflows/search-attributes.ts']) {
    await cp(path.join(origin, file), path.join(folder, file));
  }
  await symlink(path.join(origin, 'node_modules'), path.join(folder, 'node_modules'));
  const started: ChildProcess[] = [];
  const keep = (script: Script) => (started.push(script.process), script);
  const read = (file: string) => readFile(path.join(folder, file), 'utf8').catch(() => '');
  return {
    folder,
    start: (script) => keep(run(folder, process.execPath, [`scripts/${script}.ts`])),
    startInShell: (script) => keep(run(folder, '/bin/sh', ['-c', `'${process.execPath}' scripts/${script}.ts; true`])),
    variables: async (script) => {
      const text = await eventually('.local/env is written', async () => {
        if (script.process.exitCode !== null) throw new Error(`it ended before:\n${script.stderr()}`);
        return (await read('.local/env')) || undefined;
      });
      return readEnv(text);
    },
    mark: (file) => writeFile(path.join(folder, file), ''),
    read,
    local: async () => (await readdir(path.join(folder, '.local'))).filter((name) => name !== 'logs').sort(),
    remove: async () => {
      for (const process of started) process.kill('SIGKILL');
      await everyProcessIsGone(await read('pids'));
      await rm(folder, { recursive: true });
    },
  };
}

/** The first that is free: what Node compiled for a path serves the next checkout there, also that of another run. */
async function takeFolder(number = 1): Promise<string> {
  const folder = path.join(origin, '.local/checkouts', String(number));
  await mkdir(path.dirname(folder), { recursive: true });
  try {
    await mkdir(folder);
    return folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return takeFolder(number + 1);
  }
}

export async function everyProcessIsGone(pids: string): Promise<void> {
  for (const pid of pids.split('\n').filter(Boolean).map(Number)) {
    await eventually(`process ${pid} is gone`, () => !isAlive(identify(pid)));
  }
}

export async function nobodyListens(address: string): Promise<void> {
  await eventually(`nobody listens at ${address}`, async () => !(await isListening(address)));
}

async function isListening(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function run(cwd: string, command: string, args: readonly string[]): Script {
  const { TEMPORAL_ADDRESS: _, ...inherited } = process.env;
  const env = { ...inherited, npm_lifecycle_event: 'test' };
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  return { process: child, stdout: () => said.stdout, stderr: () => said.stderr, ended };
}
