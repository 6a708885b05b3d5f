/** Which phrases are not our English, and which words replace them. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { Text } from './texts.ts';

export type Rule = { pattern: RegExp; use: string };
export type Finding = { line: number; found: string; use: string };

type Written = { phrase: string; use: string; at?: 'sentence' };

/** A line may end between two words. */
const wrapped = (phrase: string): string => phrase.replaceAll(' ', String.raw`\s+`);

/** A question in a heading or in a dialog may begin so. */
const beginning = (phrase: string): RegExp =>
  new RegExp(String.raw`(?<=^[\s\-*>#|]*|[.!:;] +|\| +)(?:${phrase})\b(?=[^.?|]*(?:[.|:;]|$))`, 'gm');

const anywhere = (phrase: string): RegExp => new RegExp(String.raw`\b(?:${phrase})\b`, 'gi');

export const readRules = async (): Promise<Rule[]> => {
  const written = parse(await readFile(new URL('rules.yaml', import.meta.url), 'utf8')) as Written[];
  return written.map(({ phrase, use, at }) => ({ pattern: (at ? beginning : anywhere)(wrapped(phrase)), use }));
};

export const findingsIn = (texts: readonly Text[], rules: readonly Rule[]): Finding[] =>
  texts
    .flatMap(({ line, text }) =>
      rules.flatMap(({ pattern, use }) =>
        [...text.matchAll(pattern)].map((match) => ({
          line: line + text.slice(0, match.index).split('\n').length - 1,
          found: match[0].replaceAll(/\s+/g, ' '),
          use,
        })),
      ),
    )
    .toSorted((one, other) => one.line - other.line);
