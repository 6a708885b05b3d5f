import type { PipelinePolicy, PipelineRequest } from '@azure/core-rest-pipeline';
import type { EvaluatedExpression, RulePart } from '../domain/policy-denial.ts';

/**
 * The newer clients (@azure-rest/core-client 2.9) make errors that keep code and message and drop the rest of the body:
 * inner codes of Key Vault and details of Azure Policy are lost, and with paged lists the message too.
 */
const bodies = new WeakMap<PipelineRequest, string>();

/**
 * Remembers the body of each refused request for as long as the request itself is remembered, and gives the clients a plain one:
 * they stumble over one that is missing, no JSON, or holds null where it should hold a list, and throw a TypeError without a status.
 */
export const errorBodyPolicy = (): PipelinePolicy => ({
  name: 'aseErrorBody',
  sendRequest: async (request, next) => {
    const response = await next(request);
    if (response.status < 400) return response;
    const text = response.bodyAsText ?? '';
    bodies.set(request, text);
    const { code, message } = readErrorBody(text);
    response.bodyAsText = JSON.stringify({ error: { code, message } });
    response.headers.set('content-type', 'application/json');
    return response;
  },
});

export const errorBodyOf = (request: PipelineRequest | undefined): string | undefined =>
  request ? bodies.get(request) : undefined;

/** The body of a refusal. A member with a wrong type counts as absent. */
export type ErrorBody = {
  code?: string;
  message?: string;
  /** Name of the resource that was refused. */
  target?: string;
  /** The service's own code, within the one that all services share. */
  innerCode?: string;
  violations: readonly PolicyViolation[];
  /** It is no error of Azure's, but a page or a text. */
  isForeign?: true;
  /** It begins like an error of Azure's, and breaks off. */
  isCut?: true;
};

/** The violation that Azure Policy reports in addition to the message, which contains only ids. */
export type PolicyViolation = {
  assignment: string;
  displayName?: string;
  expressions: readonly RulePart[];
};

/**
 * Reads any text. Most services wrap `{ error }`, Insights at times does not, Storage answers in XML, a gateway in HTML, and each
 * member was seen as null, as a list, or as an object in the place of a text.
 */
export const readErrorBody = (text: string | null | undefined): ErrorBody => {
  const whole = parsed(text);
  if (whole === undefined) return { ...otherError(text ?? ''), violations: [] };
  const outer = membersOf(firstOf(whole));
  const inner = membersOf(firstOf(outer['error'] ?? outer['odata.error']));
  const body = Object.keys(inner).length > 0 ? inner : outer;
  return {
    ...named('code', textIn(body['code'])),
    ...named('message', textIn(body['message']) ?? textIn(membersOf(body['message'])['value'])),
    ...named('target', textIn(body['target'])),
    ...named('innerCode', textIn(membersOf(body['innererror'])['code'])),
    violations: listIn(body['additionalInfo']).flatMap(violationIn),
  };
};

const firstOf = (value: unknown): unknown => [value].flat()[0];

const violationIn = (additional: unknown): PolicyViolation[] => {
  const info = membersOf(membersOf(additional)['info']);
  const assignment = textIn(info['policyAssignmentName']);
  if (assignment === undefined) return [];
  const evaluated = listIn(membersOf(info['evaluationDetails'])['evaluatedExpressions']);
  return [
    {
      assignment,
      ...named('displayName', textIn(info['policyAssignmentDisplayName'])),
      expressions: evaluated.flatMap((part) => rulePartsIn(part, deepest)),
    },
  ];
};

/** Deeper than any rule of a policy; what lies below counts as left out. */
const deepest = 32;

/** Azure lists the expressions of a rule side by side. Where they come in its tree, by its words or by an operator, they are read, too. */
const rulePartsIn = (evaluated: unknown, levels: number): RulePart[] => {
  if (levels === 0) return [];
  if (Array.isArray(evaluated)) return evaluated.flatMap((part) => rulePartsIn(part, levels - 1));
  const members = membersOf(evaluated);
  if (textIn(members['expression'] ?? members['path']) !== undefined) return [expressionIn(evaluated)];
  return Object.entries(members).flatMap(([name, value]) => {
    const parts = typeof value === 'object' && value !== null ? rulePartsIn(value, levels - 1) : [];
    const combined =
      combinations.get(name.toLowerCase()) ?? combinations.get(textOf(members['operator']).toLowerCase());
    return parts.length > 0 ? [{ combined: combined ?? 'any', parts }] : [];
  });
};

const combinations = new Map<string, 'all' | 'any' | 'not'>([
  ['allof', 'all'],
  ['and', 'all'],
  ['anyof', 'any'],
  ['or', 'any'],
  ['not', 'not'],
]);

const textOf = (value: unknown): string => textIn(value) ?? '';

const expressionIn = (evaluated: unknown): EvaluatedExpression => {
  const { expression, path, operator, targetValue, result } = membersOf(evaluated);
  return {
    ...named('expression', textIn(expression)),
    ...named('path', textIn(path)),
    ...named('operator', textIn(operator)),
    ...named('result', textIn(result)),
    targetValue,
  };
};

/** In the XML of Storage, or in nobody's words. */
const otherError = (text: string): Pick<ErrorBody, 'code' | 'message' | 'isForeign' | 'isCut'> => {
  const [, code, message] = /<Code>([^<]+)<\/Code>\s*<Message>([^<]+)/.exec(text) ?? [];
  if (code !== undefined) return { ...named('code', code), ...named('message', message) };
  return breaksOff(plain(text)) ? { isCut: true } : { isForeign: true };
};

/** Whether a text begins like an error of Azure's, in JSON or in the XML of Storage, and ends in the middle. */
const breaksOff = (text: string): boolean => {
  if (/^\s*(<\?xml[^>]*>\s*)?<Error\b/.test(text)) return !text.includes('</Error>');
  if (!/^\s*[{[]/.test(text)) return false;
  const outsideOfStrings = text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '');
  const count = (pattern: RegExp): number => [...outsideOfStrings.matchAll(pattern)].length;
  return outsideOfStrings.includes('"') || count(/[{[]/g) > count(/[}\]]/g);
};

/** Undefined for what is no JSON. */
const parsed = (text: string | null | undefined): unknown => {
  try {
    return JSON.parse(plain(text ?? '') || '{}') as unknown;
  } catch {
    return undefined;
  }
};

/** The clients take every text for UTF-8; one in UTF-16 comes with zeros between its letters, and either with what its mark became. */
const plain = (text: string): string => text.replaceAll(/[\0\ufffd\ufeff]/g, '');

/** Some services write the names of members with a capital. */
const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? inSmall(value) : {};

const inSmall = (members: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [small(name), value]));

const small = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

const named = <N extends string>(name: N, value: string | undefined): { [K in N]?: string } =>
  value === undefined ? {} : ({ [name]: value } as { [K in N]?: string });
