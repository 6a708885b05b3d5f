/**
 * Files whose tests wait for the processor alone are played in a few processes, many files in each: what was compiled for one
 * serves all, which saves half of the time. Every other file has a process of its own, as the test runner has it.
 */
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const rooms = ['activities', 'azure', 'domain', 'local-azure', 'model', 'workflows'];
const parts = 4;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Relative to the checkout. */
export const filesTogether = async (): Promise<string[]> =>
  (await Array.fromAsync(glob(`test/{${rooms.join(',')}}/**/*.test.ts`, { cwd: root }))).toSorted();

/** @param part from 1 on */
export const playPart = async (part: number): Promise<void> => {
  const files = (await filesTogether()).filter((_, index) => index % parts === part - 1);
  for (const file of files) await import(path.join(root, file));
};
