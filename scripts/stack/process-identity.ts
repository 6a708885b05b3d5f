/** Telling one process from a later one that got the same number. */
import { readFileSync } from 'node:fs';

/** `startedAt` is the kernel's start tick of the process; empty where there is no `/proc`. */
export type ProcessIdentity = { pid: number; startedAt: string };

export function identify(pid: number): ProcessIdentity {
  return { pid, startedAt: readStat(pid)?.startedAt ?? '' };
}

/** False also for a zombie (which only waits to be collected) and for another process under the same number. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  if (!existsForKernel(pid)) return false;
  const stat = readStat(pid);
  if (stat === undefined) return true;
  return stat.state !== 'Z' && stat.state !== 'X' && (startedAt === '' || stat.startedAt === startedAt);
}

function existsForKernel(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readStat(pid: number): { state: string; startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may itself hold spaces and parentheses: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
