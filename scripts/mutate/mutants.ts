/** Small mistakes that somebody could have made, put into the source mechanically. */
import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';
import { parse } from 'acorn';

/** One mistake: the text from `start` to `end` becomes `replacement`. */
export type Mutant = {
  /** Says which it is, also when other lines of the file have moved. */
  key: string;
  file: string;
  line: number;
  start: number;
  end: number;
  replacement: string;
};

type Node = { type: string; start: number; end: number; [field: string]: unknown };
type Change = { start: number; end: number; replacement: string };
type Mutator = (node: Node, source: string) => Change[];

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const childrenOf = (node: Node): Node[] => Object.values(node).flat().filter(isNode);

/** A mistake that changes nothing is none. */
const isOne = ({ start, end, replacement }: Change, source: string): boolean =>
  source.slice(start, end).trim() !== replacement;

const replaced = ({ start, end }: Node, replacement: string): Change => ({ start, end, replacement });

const otherOperator = new Map(
  Object.entries({
    '===': '!==',
    '!==': '===',
    '<': '<=',
    '<=': '<',
    '>': '>=',
    '>=': '>',
    '&&': '||',
    '||': '&&',
    '+': '-',
    '-': '+',
    '*': '/',
    '/': '*',
  }),
);

const otherMethod = new Map(
  Object.entries({
    some: 'every',
    every: 'some',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
    min: 'max',
    max: 'min',
    find: 'findLast',
    findLast: 'find',
    toLowerCase: 'toString',
  }),
);

const operators: Mutator = (node, source) => {
  const { operator, left, right } = node;
  if (node.type !== 'BinaryExpression' && node.type !== 'LogicalExpression') return [];
  if (!isNode(left) || !isNode(right) || typeof operator !== 'string') return [];
  if (operator === '??') return [replaced(node, source.slice(left.start, left.end))];
  const other = otherOperator.get(operator);
  // A text that is put together is not arithmetic.
  if (!other || (operator === '+' && /['`]/.test(source.slice(node.start, node.end)))) return [];
  const at = source.indexOf(operator, left.end);
  return [{ start: at, end: at + operator.length, replacement: other }];
};

const conditions: Mutator = ({ type, test }) =>
  isNode(test) && ['IfStatement', 'ConditionalExpression', 'WhileStatement'].includes(type)
    ? [...(type === 'WhileStatement' ? [] : [replaced(test, 'true')]), replaced(test, 'false')]
    : [];

const negations: Mutator = (node, source) =>
  node.type === 'UnaryExpression' && node['operator'] === '!' && isNode(node['argument'])
    ? [replaced(node, source.slice(node['argument'].start, node['argument'].end))]
    : [];

const returns: Mutator = ({ type, argument, body }) => {
  if (type === 'ReturnStatement' && isNode(argument)) return [replaced(argument, 'undefined')];
  const isShort = type === 'ArrowFunctionExpression' && isNode(body) && body.type !== 'BlockStatement';
  return isShort ? [replaced(body, 'undefined')] : [];
};

const literals: Mutator = (node) => {
  const { type, value } = node;
  if (type !== 'Literal') return [];
  if (typeof value === 'boolean') return [replaced(node, String(!value))];
  if (typeof value === 'number') return [replaced(node, String(value + 1))];
  // Words are types and names; sentences are for people, and their documents are compared elsewhere.
  return typeof value === 'string' && /^[\w-]+$/.test(value) ? [replaced(node, "'Mutated'")] : [];
};

const methods: Mutator = ({ type, callee }) => {
  if (type !== 'CallExpression' || !isNode(callee) || !isNode(callee['property'])) return [];
  const other = otherMethod.get(String(callee['property']['name']));
  return other ? [replaced(callee['property'], other)] : [];
};

const filters: Mutator = (node, source) => {
  const { type, callee } = node;
  if (type !== 'CallExpression' || !isNode(callee) || !isNode(callee['property']) || !isNode(callee['object']))
    return [];
  const { object } = callee;
  return callee['property']['name'] === 'filter' ? [replaced(node, source.slice(object.start, object.end))] : [];
};

const throws: Mutator = (node) => (node.type === 'ThrowStatement' ? [replaced(node, '{}')] : []);

const mutators: Mutator[] = [operators, conditions, negations, returns, literals, methods, filters, throws];

/** Names of properties, imports and types are no judgement. */
const isLeftAlone = (node: Node): boolean => node.type.startsWith('Import') || node.type === 'ExportAllDeclaration';

function* changesOf(node: Node, source: string): Generator<Change> {
  if (isLeftAlone(node)) return;
  for (const mutate of mutators) yield* mutate(node, source);
  const children = childrenOf(node);
  // The name of a property that is not computed is a literal where it is quoted.
  const named = node.type === 'Property' && node['computed'] === false ? node['key'] : undefined;
  for (const child of children) if (child !== named || node['shorthand'] === true) yield* changesOf(child, source);
}

const shortened = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 60);

/** Returns all mistakes of a file in their order. Types are blanked, so that positions are those of the source. */
export const mutantsOf = (file: string, source: string): Mutant[] => {
  const code = stripTypeScriptTypes(source);
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  const taken = new Map<string, number>();
  const changes = [...changesOf(tree as unknown as Node, code)].filter((change) => isOne(change, code));
  return changes.map(({ start, end, replacement }) => {
    const line = code.slice(0, start).split('\n').length;
    const text = source.split('\n')[line - 1] ?? '';
    const what = `${file}: ${text.trim()} [${shortened(source.slice(start, end))} -> ${shortened(replacement)}]`;
    const times = (taken.get(what) ?? 0) + 1;
    taken.set(what, times);
    return { key: times === 1 ? what : `${what} #${times}`, file, line, start, end, replacement };
  });
};

/** Draws a number of mistakes by a seed and by their keys, so that an edit elsewhere does not change the choice. */
export const sampleOf = (mutants: readonly Mutant[], seed: number, count: number): Mutant[] => {
  const lot = ({ key }: Mutant): string => createHash('sha256').update(`${seed} ${key}`).digest('hex');
  const drawn = mutants.map((mutant) => ({ mutant, by: lot(mutant) }));
  return drawn
    .toSorted((a, b) => (a.by < b.by ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant);
};
