/** What a JSON text can say. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The entry of a record under a name that a caller chose, who may have chosen `constructor`. */
export const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/**
 * What a text says, or nothing if it is not JSON, is nested beyond the bound of the reader that most of Azure is written
 * with (assumed to be in force there), or holds a number beyond all numbers.
 */
export const parseJson = (text: string): Json | undefined => {
  try {
    const value = JSON.parse(text) as Json;
    return isWithinBounds(value, deepest) ? value : undefined;
  } catch {
    return undefined;
  }
};

const deepest = 64;

const isWithinBounds = (value: Json, levels: number): boolean => {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isWithinBounds(inner, levels - 1));
};

/** The member as an object; absent or of another kind: an empty one. */
export const objectIn = (parent: JsonObject, key: string): JsonObject => {
  const value = parent[key];
  return isObject(value) ? value : {};
};

/** The member as a list of objects; anything else in it is left out. */
export const objectsIn = (parent: JsonObject, key: string): JsonObject[] => {
  const value = parent[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

export const textIn = (parent: JsonObject, key: string): string | undefined => {
  const value = parent[key];
  return typeof value === 'string' ? value : undefined;
};

export const textsIn = (parent: JsonObject, key: string): string[] => {
  const value = parent[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
};

/** The member as a map of texts, as tags are. */
export const tagsIn = (parent: JsonObject, key = 'tags'): Record<string, string> =>
  Object.fromEntries(
    Object.entries(objectIn(parent, key)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
