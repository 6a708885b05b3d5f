/** The form of recorded traffic: one exchange a line, as JSON. */
import { readFile } from 'node:fs/promises';
import { isObject, parseJson, type Json, type JsonObject } from '../../json.ts';

export type Exchange = {
  /** The session: its exchanges belong together, in the order of `i`. */
  src: string;
  i: number;
  method: string;
  /** With or without a host. */
  url: string;
  /** The body that was sent: JSON, its text, or nothing where there was none or the recorder dropped it. */
  req: Json;
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: Json;
};

const form =
  '{"src":"SESSION","i":0,"method":"GET","url":"https://management.azure.com/…?api-version=…","req":null,' +
  '"status":200,"headers":{"location":"…"},"body":{}}';

/** Reads a file of recordings. @throws Error that names the line and what is wrong there */
export const readExchanges = async (file: string): Promise<Exchange[]> => {
  const lines = (await textOf(file)).replace(/^\uFEFF/, '').split(/\r?\n/);
  const exchanges = lines.flatMap((line, index) =>
    line.trim() === '' ? [] : [exchangeIn(line, `${file}, line ${index + 1}`)],
  );
  if (exchanges.length === 0) throw new Error(`${file} holds no exchange. ${expected}`);
  return exchanges;
};

const expected = `Write one exchange a line, like ${form}.`;

const textOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}. Name a file of recordings.`, {
      cause: error,
    });
  }
};

const exchangeIn = (line: string, place: string): Exchange => {
  const value = jsonIn(line, place);
  if (!isObject(value)) throw new Error(`${place} is JSON, but no object. ${expected}`);
  for (const [member, { is, kind }] of Object.entries(members)) {
    if (!Object.hasOwn(value, member)) throw new Error(`${place} lacks the member "${member}". ${expected}`);
    if (!is(value[member] ?? null)) throw new Error(`${place}: "${member}" is not ${kind}. ${expected}`);
  }
  const { src, i, method, url, req, status, headers, body } = value as JsonObject & Exchange;
  return { src, i, method: method.toUpperCase(), url, req, status, headers: byLowerCase(headers), body };
};

const jsonIn = (line: string, place: string): Json => {
  try {
    return JSON.parse(line) as Json;
  } catch (error) {
    throw new Error(`${place} is no JSON: ${(error as Error).message}. ${expected}`, { cause: error });
  }
};

type Member = { is: (value: Json) => boolean; kind: string };

const text: Member = { is: (value) => typeof value === 'string' && value !== '', kind: 'a text' };
const anything: Member = { is: () => true, kind: 'JSON' };

const members: Record<keyof Exchange, Member> = {
  src: text,
  i: { is: (value) => Number.isInteger(value), kind: 'a whole number' },
  method: text,
  url: text,
  req: anything,
  status: { is: (value) => Number.isInteger(value) && Number(value) > 99 && Number(value) < 600, kind: 'a status' },
  headers: { is: isObject, kind: 'an object of texts' },
  body: anything,
};

/** Some recorders keep a list of values for each header. */
const byLowerCase = (headers: Record<string, Json>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), textOfHeader(value)]));

const textOfHeader = (value: Json): string =>
  Array.isArray(value) ? value.map(textOfHeader).join(', ') : typeof value === 'string' ? value : JSON.stringify(value);

/** The answer as an object; anything else as an empty one. */
export const bodyOf = ({ body }: Pick<Exchange, 'body'>): JsonObject => (isObject(body) ? body : {});

/** The body that was sent, also where the recorder kept its text; nothing where there was none or the recorder dropped it. */
export const requestOf = ({ req }: Pick<Exchange, 'req'>): JsonObject | undefined => {
  const sent = typeof req === 'string' ? parseJson(req) : req;
  return isObject(sent) && !Object.hasOwn(sent, '__truncated__') ? sent : undefined;
};

/** Codes and text of a refusal, empty where there is none. */
export const errorOf = (body: Json | undefined): { code: string; inner: string; message: string } => {
  const error = isObject(body) && isObject(body['error']) ? body['error'] : {};
  const inner = isObject(error['innererror']) ? error['innererror'] : {};
  return { code: textOr(error['code']), inner: textOr(inner['code']), message: textOr(error['message']) };
};

const textOr = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

export const hasSucceeded = ({ status }: Pick<Exchange, 'status'>): boolean => status >= 200 && status < 300;
