import { fold } from '../arm/path.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { invalidValue } from './errors.ts';

/** Reads a member of a body, or throws the refusal of it. Nothing: the member is left out. */
export type Reader = (value: Json | undefined, path: string) => Json | undefined;

export const text: Reader = (value, path) => {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidValue(path, 'a text');
};

/** One of these words in any case; in this spelling it is kept. */
export const oneOf =
  (...words: string[]): Reader =>
  (value, path) => {
    const word = words.find((candidate) => fold(candidate) === folded(value));
    if (word !== undefined) return word;
    throw invalidValue(path, `one of ${words.join(', ')}`);
  };

/** `10:0:0` is kept as `10:00:00` (recorded). */
export const timeOfDay: Reader = (value, path) => {
  const [, hours, minutes, seconds] = /^(\d{1,2}):(\d{1,2}):(\d{1,2})$/.exec(folded(value)) ?? [];
  const parts = [Number(hours), Number(minutes), Number(seconds)];
  const [h = 0, m = 0, s = 0] = parts;
  if (hours !== undefined && h < 24 && m < 60 && s < 60) {
    return parts.map((part) => String(part).padStart(2, '0')).join(':');
  }
  throw invalidValue(path, 'a time of day such as 08:30:00');
};

/** What fits into 31 bits. */
export const wholeNumber: Reader = (value, path) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw invalidValue(path, 'a whole number that is not negative');
};

export const listOf =
  (read: Reader): Reader =>
  (value, path) => {
    if (!Array.isArray(value) || value.length === 0) throw invalidValue(path, 'a list that is not empty');
    return value.flatMap((item, index) => read(item, `${path}[${index}]`) ?? []);
  };

/** Members that are not named here are left out. */
export const objectOf =
  (members: Readonly<Record<string, Reader>>) =>
  (value: Json | undefined, path: string): JsonObject => {
    if (!isObject(value)) throw invalidValue(path, 'an object');
    const read: JsonObject = {};
    for (const [name, reader] of Object.entries(members)) {
      const member = reader(value[name], `${path}.${name}`);
      if (member !== undefined) read[name] = member;
    }
    return read;
  };

/** An absent member, or a null, is what `instead` says. */
export const optional =
  (read: Reader, instead?: Json): Reader =>
  (value, path) =>
    value === undefined || value === null ? instead : read(value, path);

const folded = (value: Json | undefined): string => (typeof value === 'string' ? fold(value) : '');
