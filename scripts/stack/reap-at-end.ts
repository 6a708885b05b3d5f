/** What must not outlive this process, not even when it is killed, is registered here with a reaper process. */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { identify } from './process-identity.ts';
import type { ReaperOrder } from './reaper.ts';

/** Cancels a registration: its subject is gone, or may stay. */
export type Release = () => void;

type Reaper = { orders: Writable; registered: number };

let reaper: Reaper | undefined;

/** `pid` must lead a process group of its own (`detached`): the whole group is ended. */
export function reapAtEnd(pid: number): Release {
  return register({ order: 'reap', process: identify(pid) }, { order: 'release', pid });
}

/** Removes a file that exists, or a folder with its contents, but nothing that has replaced it meanwhile. */
export function removeAtEnd(path: string): Release {
  return register({ order: 'remove', path, inode: statSync(path).ino }, { order: 'keep', path });
}

function register(order: ReaperOrder, undo: ReaperOrder): Release {
  const to = (reaper ??= startReaper());
  to.registered += 1;
  send(to, order);
  let released = false;
  return () => {
    if (released) return;
    released = true;
    send(to, undo);
    to.registered -= 1;
    if (to.registered === 0) dismiss(to);
  };
}

function startReaper(): Reaper {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./reaper.ts'))], {
    detached: true,
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  // A reaper that was killed must not take us down; we still end our children on every way out but SIGKILL.
  child.stdin.on('error', () => undefined);
  (child.stdin as Socket).unref();
  return { orders: child.stdin, registered: 0 };
}

function send(to: Reaper, order: ReaperOrder): void {
  to.orders.write(`${JSON.stringify(order)}\n`);
}

/** With nothing left to guard the reaper goes, so that a process that has cleaned up leaves nobody behind it. */
function dismiss(done: Reaper): void {
  done.orders.end();
  if (reaper === done) reaper = undefined;
}
