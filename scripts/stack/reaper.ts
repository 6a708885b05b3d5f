/**
 * Runs beside the process that started it and outlives it by a moment: when its input ends, however its parent died,
 * it ends what the parent had registered. Input is one JSON `ReaperOrder` a line.
 */
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessIdentity, isAlive } from './process-identity.ts';

export type ReaperOrder =
  | { order: 'reap'; process: ProcessIdentity }
  | { order: 'release'; pid: number }
  | { order: 'remove'; path: string; inode: number }
  | { order: 'keep'; path: string };

const graceMs = 3_000;

async function main(): Promise<void> {
  // Whoever stops a whole group or session stops the parent too; the parent's end is the only order to go.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

  const processes = new Map<number, ProcessIdentity>();
  const inodes = new Map<string, number>();
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as ReaperOrder;
    switch (order.order) {
      case 'reap':
        processes.set(order.process.pid, order.process);
        break;
      case 'release':
        processes.delete(order.pid);
        break;
      case 'remove':
        inodes.set(order.path, order.inode);
        break;
      case 'keep':
        inodes.delete(order.path);
        break;
    }
  }

  await endAll([...processes.values()]);
  for (const [path, inode] of inodes) {
    if (inodeOf(path) === inode) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function endAll(processes: ProcessIdentity[]): Promise<void> {
  for (const process of processes) signalGroup(process, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (processes.some(isAlive) && Date.now() < deadline) await delay(50);
  for (const process of processes) signalGroup(process, 'SIGKILL');
}

/** Each registered process leads a group of its own, so that what it started goes with it. */
function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(-identity.pid, signal);
  } catch {
    // Gone between the look and the signal: what was wanted.
  }
}

/** While our children end, the next run may have written a file of its own in the place of ours. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

await main();
