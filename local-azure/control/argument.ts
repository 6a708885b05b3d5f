import type { Control } from '../control.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { descriptions } from './descriptions.ts';

/** Refuses what a function would not understand, and says what to type instead. */
export const assertArgument: (name: keyof Control, argument: Json) => asserts argument is JsonObject = (
  name,
  argument,
) => {
  const { example = {}, optional = [], judges } = descriptions[name];
  const shown = `, as in ${JSON.stringify(example)}.`;
  if (!isObject(argument)) throw new Error(`${name} takes an object${shown}`);
  if (judges) return;
  const known = new Map<string, unknown>(Object.entries(example));
  for (const [member, value] of Object.entries(argument)) {
    if (!known.has(member)) throw new Error(`${name} knows no "${member}"${known.size === 0 ? '.' : shown}`);
    const kind = typeof known.get(member);
    if (typeof value !== kind) throw new Error(`${name} takes a ${kind} as "${member}"${shown}`);
  }
  const missing = [...known.keys()].find((member) => !(member in argument) && !optional.some((may) => may === member));
  if (missing !== undefined) throw new Error(`${name} needs "${missing}"${shown}`);
};
