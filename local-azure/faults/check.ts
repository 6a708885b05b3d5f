import { isObject, type Json, type JsonObject } from '../json.ts';
import { faultExamples, plainFaults } from './action.ts';
import { assertAnswer, assertTexts } from './check-answer.ts';
import type { FaultRule } from './rule.ts';

/** Refuses a rule that would never do anything, or only by accident: it may have been typed by hand. */
export const assertRule = (rule: FaultRule): void => {
  // A rule that came over the wire is any JSON.
  const { method, host, path, nth, times, chance, action, ...unknown } = rule as FaultRule & JsonObject;
  const [first] = Object.keys(unknown);
  if (first !== undefined) {
    throw new Error(`A fault has no '${first}': say "method", "host", "path", "nth", "times", "chance" and "action".`);
  }
  if (method !== undefined && typeof method !== 'string') throw new Error('"method" is a text, such as "PUT".');
  for (const [name, pattern] of Object.entries({ host, path })) {
    if (pattern === undefined || typeof pattern === 'string' || pattern instanceof RegExp) continue;
    throw new Error(`"${name}" is a text: the part of the ${name} by which the call is known.`);
  }
  for (const [name, number] of Object.entries({ nth, times })) {
    if (number !== undefined && !(Number.isInteger(number) && number >= 1)) {
      throw new Error(`"${name}" is a whole number from 1 on.`);
    }
  }
  if (chance !== undefined && !(typeof chance === 'number' && chance > 0 && chance <= 1)) {
    throw new Error('"chance" is a number above 0 and up to 1.');
  }
  assertAction(action);
};

const assertAction = (action: Json | undefined): void => {
  if (typeof action === 'string' && Object.hasOwn(plainFaults, action)) return;
  if (isObject(action)) {
    if ('status' in action) return assertAnswer(action);
    const [name = '', ...more] = Object.keys(action);
    const assertParameters = checks[name];
    const parameters = action[name];
    if (assertParameters && isObject(parameters) && more.length === 0) return assertParameters(parameters);
  }
  throw new Error(
    `${JSON.stringify(action)} is no "action": say one of ${texts(Object.keys(plainFaults))}, or one like ${JSON.stringify(faultExamples).slice(1, -1)}.`,
  );
};

const texts = (names: string[]): string => names.map((name) => `"${name}"`).join(', ');

/** What an action that is an object takes. */
const checks: Readonly<Record<string, (parameters: JsonObject) => void>> = {
  deliverLate: (delay) => {
    for (const [name, value] of Object.entries(delay)) {
      if (['afterCalls', 'afterMs'].includes(name) && typeof value === 'number' && value >= 0) continue;
      throw new Error('"deliverLate" takes "afterCalls" or "afterMs", a number from 0 on.');
    }
  },
  failOperation: ({ code, message = '' }) => assertTexts({ code, message }, ['code', 'message']),
  denyByPolicy: (policy) => assertPolicy(policy),
  modifyAfterWrite: (changes) => {
    const [wrong] = Object.entries(changes).filter(
      ([name, value]) => !['properties', 'tags'].includes(name) || !isObject(value),
    );
    if (wrong) throw new Error('"modifyAfterWrite" takes "properties" and "tags", each an object.');
  },
};

const assertPolicy = ({ assignment, definition, field, expressions, ...unknown }: JsonObject): void => {
  const [first] = Object.keys(unknown);
  if (first !== undefined) {
    throw new Error(`"denyByPolicy" has no "${first}": say "assignment", "definition", and "field" or "expressions".`);
  }
  assertTexts({ assignment, definition }, ['assignment', 'definition']);
  const isOfField = typeof field === 'string' && expressions === undefined;
  const isOfTree = Array.isArray(expressions) && expressions.every(isObject) && field === undefined;
  if (isOfField || isOfTree) return;
  throw new Error('The action needs "field", a text, or "expressions", a list of objects: not both.');
};
