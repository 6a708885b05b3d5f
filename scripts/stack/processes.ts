/** Child processes that end with us: each in its own group, its output in a log, its readiness awaited. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { reapAtEnd } from './reap-at-end.ts';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export type Child = {
  name: string;
  pid: number;
  /** Every line of standard output so far. */
  output: readonly string[];
  /** Its exit, once it has ended and all its output is in. */
  exit: Exit | undefined;
  exited: Promise<Exit>;
  /** The last lines of both streams, to show with a failure. */
  lastLines: readonly string[];
  log: string | undefined;
};

export type ChildOptions = {
  env: NodeJS.ProcessEnv;
  /** A file that gets its output, readable by the owner only. */
  log?: string;
  /** Its output goes where ours goes instead of being collected. */
  show?: boolean;
  /** An open file that it reads as its standard input. */
  stdin?: number;
};

const running: Child[] = [];
let stopping = false;

/**
 * Starts `command` as the leader of a process group: Ctrl-C on a terminal then reaches us alone, and we end our
 * children in their order. Throws the error of the system if the command cannot be started.
 */
export async function spawnChild(
  name: string,
  command: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<Child> {
  if (stopping) throw new Error(`${name} was not started: stopping`);
  const goesTo = options.show === true ? 'inherit' : 'pipe';
  const process = spawn(command, args, {
    env: options.env,
    detached: true,
    stdio: [options.stdin ?? 'ignore', goesTo, goesTo],
  });
  const pid = process.pid ?? 0;
  const release = pid === 0 ? () => undefined : reapAtEnd(pid);
  await once(process, 'spawn');

  const collected = collectOutput(process, options.log);
  const exited = closed(process);
  const { output, lastLines } = collected;
  const child: Child = { name, pid, output, lastLines, log: options.log, exit: undefined, exited };
  running.push(child);
  void exited.then((exit) => {
    child.exit = exit;
    running.splice(running.indexOf(child), 1);
    collected.end();
    release();
  });
  return child;
}

/**
 * Asks `probe` every 50 ms until it has an answer. When the time is up, the probe throws or the child ends before that,
 * the child is ended and its last lines are thrown.
 */
export async function untilReady<T>(
  child: Child,
  withinMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  try {
    while (child.exit === undefined) {
      const answer = await probe();
      if (answer !== undefined) return answer;
      if (Date.now() > deadline) throw new Error(`not ready within ${withinMs / 1000} s`);
      await Promise.race([delay(50), child.exited]);
    }
    throw new Error(`ended (${describeExit(child.exit)}) before it was ready`);
  } catch (error) {
    await stopChild(child);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(withLastLines(child, reason), { cause: error });
  }
}

/** Sends SIGTERM to the child's group, and SIGKILL after the grace period. */
export async function stopChild(child: Child, graceMs = 10_000): Promise<Exit> {
  if (child.exit !== undefined) return child.exit;
  signalGroup(child.pid, 'SIGTERM');
  const kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs);
  return child.exited.finally(() => clearTimeout(kill));
}

/**
 * Ends all children, the youngest first: a later child may need the earlier ones.
 * Nothing can be started after it, so that a start under way when a signal comes leaves nothing behind either.
 */
export async function stopAll(): Promise<void> {
  stopping = true;
  for (const child of [...running].reverse()) await stopChild(child);
}

/** Returns the event of the child, the last lines of its output, and the path of its log. */
export function withLastLines({ name, lastLines, log }: Child, what: string): string {
  const where = log === undefined ? [] : [`(${log})`];
  return [`${name}: ${what}`, ...lastLines, ...where].join('\n  ');
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : signal;
}

function collectOutput(process: ChildProcess, log: string | undefined) {
  const output: string[] = [];
  const lastLines: string[] = [];
  const file = log === undefined ? undefined : openLog(log);
  const keep = (line: string) => {
    file?.write(`${line}\n`);
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
  };
  onLines(process.stdout, (line) => {
    output.push(line);
    keep(line);
  });
  onLines(process.stderr, keep);
  return { output, lastLines, end: () => void file?.end() };
}

function onLines(input: Readable | null, listener: (line: string) => void): void {
  if (input !== null) createInterface({ input }).on('line', listener);
}

function openLog(file: string) {
  mkdirSync(path.dirname(file), { recursive: true });
  return createWriteStream(file, { flags: 'w', mode: 0o600 });
}

async function closed(process: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(process, 'close')) as [Exit['code'], Exit['signal']];
  return { code, signal };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
