/**
 * Files that are played in a few processes, many files in each. Where tests wait for the processor alone, what was compiled
 * for one serves all, which saves half of the time; where they run on a stack, all suites of a process share one. Every
 * other file has a process of its own, as the test runner has it.
 */
import { glob } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the folders of tests have in common, and in how many processes their files are played. */
const rooms = {
  computing: {
    folders: ['local-azure/test', 'test/activities', 'test/azure', 'test/domain', 'test/model', 'test/workflows'],
    parts: 4,
  },
  cli: { folders: ['test/cli'], parts: 3 },
  client: { folders: ['test/client'], parts: 1 },
} as const;

type Room = keyof typeof rooms;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Relative to the checkout. */
export const filesTogether = async (): Promise<string[]> =>
  (await Promise.all((Object.keys(rooms) as Room[]).map(filesOf))).flat();

/** Who plays each part: files of tests, relative to the checkout. */
export const players = (): string[] =>
  Object.entries(rooms).flatMap(([room, { parts }]) =>
    Array.from({ length: parts }, (_, index) => `test/together/${room}-${index + 1}.test.ts`),
  );

/** @param part from 1 on */
export const playPart = async (room: Room, part: number): Promise<void> => {
  const files = (await filesOf(room)).filter((_, index) => index % rooms[room].parts === part - 1);
  for (const file of files) await import(path.join(root, file));
};

const filesOf = async (room: Room): Promise<string[]> =>
  (await Array.fromAsync(glob(patternsOf(room), { cwd: root }))).toSorted();

const patternsOf = (room: Room): string[] => rooms[room].folders.map((folder) => `${folder}/**/*.test.ts`);
