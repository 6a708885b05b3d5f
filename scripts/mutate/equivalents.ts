/** The mistakes that are none: what they change makes no difference that anybody could see. They are not counted. */
import { readFile } from 'node:fs/promises';

/** `mistake<TAB>reason` in each line. A mistake is identified by its file, the text of its line and the change: other lines may move. */
export const readReasons = async (file: URL): Promise<Map<string, string>> => {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [key = '', reason = ''] = line.split('\t');
      if (reason === '') throw new Error(`no reason for: ${key}`);
      return [key, reason];
    }),
  );
};

/** Returns the faults of the list, for people; none if the list is correct. */
export const objections = (reasons: ReadonlyMap<string, string>, known: ReadonlySet<string>): string[] =>
  [...reasons.keys()]
    .filter((key) => !known.has(key))
    .map((key) => `the code no longer has this mistake, remove it from the list: ${key}`);
