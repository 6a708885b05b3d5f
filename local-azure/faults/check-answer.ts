import { isObject, type Json, type JsonObject } from '../json.ts';

/** Refuses an answer that could not be given as it is described: it may have been typed by hand. */
export const assertAnswer = (answer: JsonObject): void => {
  if (isObject(answer['headers'] ?? {}) && Object.entries(answer['headers'] ?? {}).every(isHeader)) {
    return 'body' in answer || 'base64' in answer ? assertRaw(answer) : assertGiven(answer);
  }
  throw new Error('"headers" is an object of texts, such as {"retry-after":"10"}.');
};

const isHeader = ([name, value]: [string, Json]): boolean =>
  /^[\w-]+$/.test(name) && typeof value === 'string' && /^[ -~]*$/.test(value);

const errorMembers = ['status', 'code', 'message', 'target', 'innererror', 'details', 'additionalInfo', 'headers'];

const assertGiven = (answer: JsonObject): void => {
  const unknown = Object.keys(answer).find((name) => !errorMembers.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `An answer has no "${unknown}": say some of ${quoted(errorMembers)}, or "status", "headers" and "body".`,
    );
  }
  assertStatus(answer['status'], 400);
  const { code, message = '', target = '' } = answer;
  assertTexts({ code, message, target }, ['code', 'message', 'target']);
};

const rawMembers = ['status', 'headers', 'body', 'base64'];

const assertRaw = (answer: JsonObject): void => {
  const unknown = Object.keys(answer).find((name) => !rawMembers.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `An answer with its own body has no "${unknown}": say "status", "headers", and "body" or "base64".`,
    );
  }
  const { status, body, base64 } = answer;
  assertStatus(status, 200);
  if (body !== undefined && base64 !== undefined) throw new Error('An answer has a "body" or "base64", not both.');
  if (body !== undefined && typeof body !== 'string')
    throw new Error('"body" is a text; JSON is put into it as a text.');
  if (base64 !== undefined && !(typeof base64 === 'string' && base64Form.test(base64))) {
    throw new Error('"base64" is the bytes of the body in base64, such as "AP8=".');
  }
  if ([204, 205, 304].includes(Number(status)) && (body ?? base64) !== '') {
    throw new Error(`An answer with status ${Number(status)} has no body: leave it empty.`);
  }
};

const base64Form = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const assertStatus = (status: Json | undefined, lowest: number): void => {
  if (Number.isInteger(status) && Number(status) >= lowest && Number(status) <= 599) return;
  throw new Error(`"status" is a number from ${lowest} to 599.`);
};

/** @param names the members that are texts and must be there */
export const assertTexts = (given: { [name: string]: Json | undefined }, names: string[]): void => {
  const missing = names.find((name) => typeof given[name] !== 'string');
  if (missing !== undefined) throw new Error(`The action needs "${missing}", a text.`);
};

const quoted = (names: string[]): string => names.map((name) => `"${name}"`).join(', ');
