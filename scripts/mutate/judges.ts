/** Copies of the checkout, so that a mistake is never in the place where people work, each with a process that judges in it. */
import { fork, type ChildProcess } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Order, Verdict } from './judge.ts';
import type { Mutant } from './mutants.ts';

const left = new Set(['node_modules', '.git', '.local', 'dist']);

/** A mistake may go round for ever: seconds of the processor, twice as many as a judge takes for those that it lets pass. */
const mostUsed = 150;

/** Or it may wait for ever: so many looks at a process, one in five seconds, without any work in between. */
const mostIdle = 12;
const lookEvery = 5_000;

/** Seconds of the processor that a process has used (Linux: user and system time in ticks of a hundredth). */
const usedBy = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
};

/** Calls `onEndless` when a process goes round, or waits, for ever. However busy the machine is, a process that works is left alone. */
const watch = (pid: number, onEndless: () => void): (() => void) => {
  let begun: number | undefined;
  let before = 0;
  let idle = 0;
  const look = async (): Promise<void> => {
    const used = await usedBy(pid);
    begun ??= used;
    idle = used - before < 0.02 ? idle + 1 : 0;
    before = used;
    if (used - begun > mostUsed || idle >= mostIdle) onEndless();
  };
  const timer = setInterval(() => void look(), lookEvery);
  return () => clearInterval(timer);
};

/** What was loaded for a former mistake stays in memory. */
const mostInAProcess = 40;

export type Judge = Awaited<ReturnType<typeof openJudge>>;

export const openJudge = async (root: string, into: string) => {
  await cp(root, into, {
    recursive: true,
    filter: (from) => !left.has(path.relative(root, from).split(path.sep)[0] ?? ''),
  });
  await symlink(path.join(root, 'node_modules'), path.join(into, 'node_modules'));
  const green = new Set<string>();
  let child: ChildProcess | undefined;
  let judged = 0;

  const end = (): void => {
    child?.kill('SIGKILL');
    child = undefined;
  };

  const start = (): ChildProcess => {
    judged = 0;
    return fork(path.join(into, 'scripts/mutate/judge.ts'), [], {
      cwd: into,
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=64'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  };

  /** Undefined when it would never answer, or has died. */
  const ask = (order: Order): Promise<Verdict | undefined> => {
    if (judged >= mostInAProcess) end();
    const asked = (child ??= start());
    judged += 1;
    return new Promise((resolve) => {
      const unwatch = watch(asked.pid!, end);
      const settle = (verdict?: Verdict): void => {
        unwatch();
        asked.removeAllListeners();
        if (!verdict && child === asked) child = undefined;
        resolve(verdict);
      };
      asked.once('message', (verdict) => settle(verdict as Verdict)).once('exit', () => settle());
      asked.send(order);
    });
  };

  /** A test that is red as it is would notice everything. */
  const assertGreen = async (test: string, changed: string): Promise<void> => {
    if (green.has(test)) return;
    const verdict = await ask({ tests: [test], changed });
    if (!verdict) throw new Error(`${test} does not end on the unchanged code`);
    if (verdict.red !== undefined) throw new Error(`${test} fails on the unchanged code: ${verdict.why}`);
    green.add(test);
  };

  return {
    end,
    /** Which file of tests notices the mistake first, if any does; the file is as before afterwards. */
    judge: async ({ file, start: from, end: to, replacement }: Mutant, tests: readonly string[]): Promise<Verdict> => {
      const place = path.join(into, file);
      const source = await readFile(place, 'utf8');
      await writeFile(place, source.slice(0, from) + replacement + source.slice(to));
      const verdict = await ask({ tests, changed: file }).finally(() => writeFile(place, source));
      if (!verdict) return { red: 'the tests do not end' };
      if (verdict.red !== undefined) await assertGreen(verdict.red, file);
      return verdict;
    },
  };
};
