import { refuseAtGateway } from './answers.ts';

/** One comparison of a `$filter`; the field in lower case. */
export type Condition = { field: string; equal: boolean; value: string };

/**
 * Reads `field eq 'value' and field ne 'value'`, the form that clients send. Refuses another one instead of answering
 * with everything: 400, the code from users' reports, the text assumed.
 */
export const conditionsOf = (filter: string | null, fields: readonly string[]): Condition[] => {
  if (!filter?.trim()) return [];
  const conditions = [...filter.matchAll(comparison)].map(([, field = '', operator = '', value = '']) => ({
    field: field.toLowerCase(),
    equal: operator.toLowerCase() === 'eq',
    value: value.replaceAll("''", "'"),
  }));
  const isUnderstood = whole.test(filter) && conditions.every(({ field }) => fields.includes(field));
  if (isUnderstood) return conditions;
  throw refuseAtGateway(
    400,
    'InvalidFilterInQueryString',
    `Invalid $filter '${filter}' specified in the query string.`,
  );
};

const one = String.raw`(\w+)\s+(eq|ne)\s+'((?:[^']|'')*)'`;
const comparison = new RegExp(one, 'gi');
const whole = new RegExp(`^\\s*(?:${one}\\s*(?:\\band\\b\\s*(?=\\w)|$))+$`, 'i');
