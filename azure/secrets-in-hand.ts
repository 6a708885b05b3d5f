/**
 * Secrets that pass between us and Azure, and how they are kept out of texts. An answer may quote its request, whole or in part
 * and in another spelling; what it says must be fit for a history all the same.
 */
import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';

export type OnSecret = (secret: string) => void;

/** Tells of each secret that a request carries or an answer brings: tokens, values in a vault, private keys. */
export const secretsPolicy = (onSecret: OnSecret): PipelinePolicy => ({
  name: 'aseSecrets',
  sendRequest: async (request, next) => {
    const token = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    if (token !== undefined) onSecret(token);
    for (const secret of secretsIn(request, request.body)) onSecret(secret);
    const response: PipelineResponse = await next(request);
    for (const secret of secretsIn(request, response.bodyAsText)) onSecret(secret);
    return response;
  },
});

/** Members of these calls alone: elsewhere a "value" is a list. */
const secretCalls = /\/secrets\/|\/generateCertificate$/i;

const secretsIn = ({ url }: PipelineRequest, body: unknown): string[] => {
  if (typeof body !== 'string' || !secretCalls.test(new URL(url).pathname)) return [];
  try {
    const { value, privateKey } = JSON.parse(body) as Record<string, unknown>;
    return [value, privateKey].filter((secret) => typeof secret === 'string');
  } catch {
    return [];
  }
};

const hidden = '[secret]';

/** The text without any part of the secrets that could be told from chance, in whatever spelling. */
export const withoutSecrets = (text: string, secrets: Iterable<string>): string => {
  const { letters, starts, ends } = folded(text);
  const hiddenAt = new Set<number>();
  const pieces = piecesOf(secrets);
  for (let at = 0; at + pieceLength <= letters.length; at += 1) {
    if (!pieces.has(letters.slice(at, at + pieceLength))) continue;
    for (let place = starts[at]!; place < ends[at + pieceLength - 1]!; place += 1) hiddenAt.add(place);
  }
  return text.replace(/[\s\S]/g, (letter, at: number) => {
    if (!hiddenAt.has(at)) return letter;
    return hiddenAt.has(at - 1) ? '' : hidden;
  });
};

/** So many letters in a row are no chance: one in 38 to the eighth. */
const pieceLength = 8;

const piecesOf = (secrets: Iterable<string>): Set<string> => {
  const pieces = new Set<string>();
  for (const secret of secrets) {
    for (const spelling of spellingsOf(secret)) {
      const { letters } = folded(spelling);
      for (let at = 0; at + pieceLength <= letters.length; at += 1) pieces.add(letters.slice(at, at + pieceLength));
    }
  }
  return pieces;
};

/** Encodings of the text, and of the bytes that it is itself the base64 of. */
const spellingsOf = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  const inner = Buffer.from(secret, 'base64');
  return [secret, encodeURIComponent(secret), bytes.toString('hex'), inner.toString('hex'), ...base64sOf(bytes)];
};

/** In base64 each letter tells of three bytes, so that the same text reads in three ways. */
const base64sOf = (bytes: Buffer): string[] =>
  [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift * 2),
  );

/** Case, line breaks, escapes and the alphabet of base64 make no other secret. With where each letter starts and ends. */
const folded = (text: string): { letters: string; starts: number[]; ends: number[] } => {
  const starts: number[] = [];
  const ends: number[] = [];
  let letters = '';
  for (const { 0: spelt, 1: escaped, index } of text.matchAll(/\\u([0-9a-f]{4})|[\s\S]/gi)) {
    const letter = escaped === undefined ? spelt : String.fromCharCode(Number.parseInt(escaped, 16));
    if (/[\s\\"=]/.test(letter)) continue;
    starts.push(index);
    ends.push(index + spelt.length);
    letters += alike[letter] ?? letter;
  }
  return { letters, starts, ends };
};

/** Of ASCII alone: elsewhere one letter may become two. */
const alike: Readonly<Record<string, string>> = Object.fromEntries([
  ['-', '+'],
  ['_', '/'],
  ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => [letter, letter.toLowerCase()] as const),
]);
