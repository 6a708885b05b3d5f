/** The mistakes that no test notices, each with its reason. */
import { readFile } from 'node:fs/promises';

export type Verdict = { key: string; noticed: boolean };

/** `key<TAB>reason` in each line. */
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

/** What is wrong with the verdicts, for people; nothing where all is as it should be. */
export const objections = (
  verdicts: readonly Verdict[],
  reasons: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
  share: number,
): string[] => {
  const noticed = verdicts.filter((verdict) => verdict.noticed);
  const isEnough = noticed.length >= share * verdicts.length;
  return [
    ...(isEnough ? [] : [`fewer than ${share * 100} % were noticed`]),
    ...verdicts
      .filter((verdict) => !verdict.noticed && !reasons.has(verdict.key))
      .map(({ key }) => `new survivor: ${key}`),
    ...noticed.filter(({ key }) => reasons.has(key)).map(({ key }) => `is noticed now, take it off the list: ${key}`),
    ...[...reasons.keys()].filter((key) => !known.has(key)).map((key) => `is no mistake any more, take it off: ${key}`),
  ];
};
