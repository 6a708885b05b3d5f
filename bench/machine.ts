/** Where and from what a run was made: no number means anything without it. */
import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';
import { checkout } from '../scripts/stack/local-files.ts';

export type Machine = {
  cpu: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  /** Over the last minute, as the run began. */
  load: number;
};

export const describeMachine = (): Machine => ({
  cpu: os.cpus()[0]?.model ?? 'unknown',
  cores: os.availableParallelism(),
  memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  kernel: `${os.type()} ${os.release()} ${os.arch()}`,
  node: process.version,
  load: Number(os.loadavg()[0]?.toFixed(2)),
});

export type Commit = { id: string; /** With uncommitted changes to files that are part of it. */ changed: boolean };

/** Undefined outside a git checkout. */
export const describeCommit = async (): Promise<Commit | undefined> => {
  const git = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: checkout })).stdout.trim();
  try {
    const [id, changes] = await Promise.all([
      git('rev-parse', 'HEAD'),
      git('status', '--porcelain', '--untracked-files=no'),
    ]);
    return { id, changed: changes !== '' };
  } catch {
    return undefined;
  }
};
