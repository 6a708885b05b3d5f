/** The mistakes that are none: what they change makes no difference that anybody could see. They are not counted. */
import { readFile } from 'node:fs/promises';

/** `mistake<TAB>reason` in each line. A mistake is known by its file, its line's text and the change: other lines may move. */
export const readReasons = async (file: URL): Promise<Map<string, string>> => {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [key = '', reason = ''] = line.split('\t');
      if (reason === '') throw new Error(`no reason is given for: ${key}`);
      return [key, reason];
    }),
  );
};

/** What is wrong with the list, for people; nothing where all is as it should be. */
export const objections = (reasons: ReadonlyMap<string, string>, known: ReadonlySet<string>): string[] =>
  [...reasons.keys()].filter((key) => !known.has(key)).map((key) => `is no mistake any more, take it off: ${key}`);
