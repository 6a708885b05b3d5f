/**
 * Secrets that pass between us and Azure, and how they are kept out of texts. An answer may quote its request, whole or in part
 * and in another spelling; what it says must be fit for a history all the same.
 */
import { type PipelinePolicy, type PipelineRequest, type PipelineResponse, RestError } from '@azure/core-rest-pipeline';

export type OnSecret = (secret: string) => void;

/** Reports each secret in a request or an answer: tokens, values in a vault, private keys. */
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

/**
 * Returns a function that removes from texts any part of the secrets that is longer than chance allows, in any
 * spelling. The spellings are computed once for all texts: a token is long, and every failing attempt uses one.
 */
export const hiding = (secrets: Iterable<string>): ((text: string) => string) => {
  const spellings = new Set([...secrets].flatMap(spellingsOf).map(lettersOf));
  return (text) => {
    const { letters, starts, ends } = folded(text);
    const told = piecesIn(letters, spellings);
    if (told.size === 0) return text;
    const hiddenAt = new Set<number>();
    for (let at = 0; at + pieceLength <= letters.length; at += 1) {
      if (!told.has(letters.slice(at, at + pieceLength))) continue;
      for (let place = starts[at]!; place < ends[at + pieceLength - 1]!; place += 1) hiddenAt.add(place);
    }
    return text.replace(/[\s\S]/g, (letter, at: number) => {
      if (!hiddenAt.has(at)) return letter;
      return hiddenAt.has(at - 1) ? '' : hidden;
    });
  };
};

/** So many letters in a row are no chance: one in 38 to the eighth. */
const pieceLength = 8;

/** Wherever a piece begins, one of the blocks that follow each other without a gap lies within it. */
const blockLength = pieceLength / 2;

/** The pieces of the letters that are pieces of a spelling. Only where a block of the spelling is found they are compared. */
const piecesIn = (letters: string, spellings: Iterable<string>): Set<string> => {
  const blocks = gramsOf(letters, blockLength);
  const pieces = gramsOf(letters, pieceLength);
  const found = new Set<string>();
  if (pieces.size === 0) return found;
  for (const spelling of spellings) {
    for (let block = 0; block + blockLength <= spelling.length; block += blockLength) {
      if (!blocks.has(spelling.slice(block, block + blockLength))) continue;
      for (let at = Math.max(0, block - blockLength); at <= block; at += 1) {
        const piece = spelling.slice(at, at + pieceLength);
        if (pieces.has(piece)) found.add(piece);
      }
    }
  }
  return found;
};

const gramsOf = (letters: string, length: number): Set<string> => {
  const grams = new Set<string>();
  for (let at = 0; at + length <= letters.length; at += 1) grams.add(letters.slice(at, at + length));
  return grams;
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
    const letter = escaped === undefined ? spelt : unescaped(escaped);
    if (meaningless.test(letter)) continue;
    starts.push(index);
    ends.push(index + spelt.length);
    letters += alike[letter] ?? letter;
  }
  return { letters, starts, ends };
};

/** The letters alone: a spelling is long, and where its letters stand is not asked. */
const lettersOf = (spelling: string): string =>
  spelling
    .replace(/\\u([0-9a-f]{4})/gi, (_, escaped: string) => unescaped(escaped))
    .replace(/[\s\\"=]+/g, '')
    .replace(/[A-Z_-]/g, (letter) => alike[letter]!);

const unescaped = (code: string): string => String.fromCharCode(Number.parseInt(code, 16));

const meaningless = /[\s\\"=]/;

/** Of ASCII alone: elsewhere one letter may become two. */
const alike: Readonly<Record<string, string>> = Object.fromEntries([
  ['-', '+'],
  ['_', '/'],
  ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => [letter, letter.toLowerCase()] as const),
]);

/**
 * Refuses a good answer that does not say what was asked, such as the sign-in page of a gateway, or nothing at all: the clients
 * would take it for one without content, a list of locks or of secrets for an empty one, and a device for one without a status.
 */
export const readablePolicy = (): PipelinePolicy => ({
  name: 'aseReadable',
  sendRequest: async (request, next) => {
    const response = await next(request);
    const { status } = response;
    if (status >= 400 || isReadable(request, response)) return response;
    const { PARSE_ERROR: code } = RestError;
    throw new RestError('the answer is empty', { code, statusCode: status, request, response });
  },
});

const isReadable = (request: PipelineRequest, { status, bodyAsText, headers }: PipelineResponse): boolean => {
  if (bodyAsText && !/json/i.test(headers.get('content-type') ?? '')) return false;
  if (mayBeEmpty(request, status)) return true;
  const body = parsed(bodyAsText ?? '');
  return isObject(body) && (request.method !== 'GET' || isListOrResource(body));
};

/** A list without its entries would count as empty, a resource without its id as one without anything. All have one (recorded). */
const isListOrResource = ({ value, id }: Record<string, unknown>): boolean =>
  Array.isArray(value) ? value.every(isObject) : typeof id === 'string';

/** A deletion has nothing to say, nor has an operation that goes on or is over; all else is answered with what it made or found. */
const mayBeEmpty = ({ method, url }: PipelineRequest, status: number): boolean =>
  method === 'DELETE' ||
  method === 'HEAD' ||
  ![200, 201, 204].includes(status) ||
  operations.test(new URL(url).pathname);

const operations = /\/(operationresults|operationsstatus|asyncoperations)\//i;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
