/** The prose of a file, with the line it begins in: texts for people, without code and without the words of Azure. */
import { stripTypeScriptTypes } from 'node:module';
import { parse, type Comment } from 'acorn';

export type Text = { line: number; text: string };

/** Blanks keep the places of what follows. */
const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');

const lineAt = (source: string, at: number): number => source.slice(0, at).split('\n').length;

/** Code spans and quotations: a name, a command, or words of somebody else. */
const withoutQuotes = (text: string): string =>
  text.replaceAll(/`[^`]*`/g, '`…`').replaceAll(/"[^"\n]*"|“[^”]*”/g, '"…"');

/** Paragraphs, headings, list items and cells of tables. Without fenced blocks, code spans, addresses, quotations and names of tests. */
export const textsInMarkdown = (source: string): Text[] => {
  const prose = source
    .replaceAll(/^( *)(`{3,})[^\n]*\n[\s\S]*?^\1\2 *$/gm, blank)
    .replaceAll(/^- `test\/[^`]*`: .*$/gm, blank)
    .replaceAll(/\]\([^)]*\)/g, (link) => `]${blank(link.slice(1))}`);
  const texts: Text[] = [];
  let open: Text | undefined;
  for (const [index, line] of prose.split('\n').entries()) {
    const begins = /^\s*([-*>]|\d+\.|#+|\|)\s/.test(line);
    if (line.trim() === '' || begins) open = undefined;
    if (line.trim() === '') continue;
    if (!open) texts.push((open = { line: index + 1, text: line }));
    else open.text += `\n${line}`;
  }
  return texts.map(({ line, text }) => ({ line, text: withoutQuotes(text) }));
};

type Node = { type: string; start: number; end: number; [field: string]: unknown };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* nodesOf(child);
  }
}

/** More than a name: words with blanks between them. */
const isProse = (text: string): boolean => /[a-z]{2,}[,;:]? [a-z]/i.test(text);

const literalOf = (node: Node): string | undefined => {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value'];
  if (node.type !== 'TemplateLiteral') return undefined;
  return (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…');
};

const proseOf = (comment: string): string => comment.replaceAll(/^\s*\*? ?/gm, '');

/** Sentences in string literals, and the doc comments of what a module exports. */
export const textsInCode = (source: string): Text[] => {
  const code = stripTypeScriptTypes(source);
  const comments: Comment[] = [];
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module', onComment: comments });
  const literals = [...nodesOf(tree as unknown as Node)].flatMap((node) => {
    const text = literalOf(node);
    return text !== undefined && isProse(text) ? [{ line: lineAt(code, node.start), text: withoutQuotes(text) }] : [];
  });
  // Types are blanked in the code, so what a comment documents is read from the source.
  const documented = comments
    .filter(({ type, value, end }) => type === 'Block' && value.startsWith('*') && isExport(source.slice(end)))
    .map(({ value, start }) => ({ line: lineAt(source, start), text: withoutQuotes(proseOf(value)) }));
  return [...literals, ...documented];
};

/** A call of `test`, `suite.skip` and the like. */
const isTest = ({ type, ...node }: Node): boolean => {
  if (type !== 'CallExpression') return false;
  const callee = node['callee'] as { name?: string; object?: { name?: string } };
  return /^(test|suite|describe|it)$/.test(callee.name ?? callee.object?.name ?? '');
};

type Named = Node & { name?: string };

const elementsOf = (node: Node): (Node | undefined)[] =>
  node.type === 'ArrayExpression' ? (node['elements'] as (Node | null)[]).map((element) => element ?? undefined) : [];

const propertiesOf = (node: Node | undefined): { key: Named; value: Named }[] =>
  node && /^Object(Expression|Pattern)$/.test(node.type)
    ? (node['properties'] as { key: Named; value: Named }[]).filter(({ key }) => key !== undefined)
    : [];

/** The variables in the names of the tests that a loop makes. */
const variablesInNames = (loop: Node): Set<string> =>
  new Set(
    [...nodesOf(loop['body'] as Node)]
      .filter(isTest)
      .flatMap((call) => [...nodesOf((call['arguments'] as Node[])[0]!)])
      .map((node) => (node as Named).name)
      .filter((name) => name !== undefined),
  );

/** The parts of a row that a pattern assigns to these variables: `[what]` of `['a vault', 404]`, `{ what }` of `{ what: 'a vault' }`. */
const partsOf = (row: Node, pattern: Named, variables: ReadonlySet<string>): (Node | undefined)[] => {
  const isUsed = ({ name = '' }: Named): boolean => variables.has(name);
  if (isUsed(pattern)) return [row];
  const places = pattern.type === 'ArrayPattern' ? (pattern['elements'] as (Named | null)[]) : [];
  const keys = propertiesOf(pattern).filter(({ value }) => isUsed(value));
  return [
    ...places.flatMap((place, index) => (place && isUsed(place) ? [elementsOf(row)[index]] : [])),
    ...keys.map(({ key }) => propertiesOf(row).find((property) => property.key.name === key.name)?.value),
  ];
};

/** What a loop over a table puts into names. Tables of one name in several suites are all read. */
const namesOfRows = (loop: Node, tables: ReadonlyMap<string | undefined, Node[]>): Node[] => {
  const [declared] = ((loop['left'] as Node)['declarations'] as { id: Named }[] | undefined) ?? [];
  if (!declared) return [];
  const right = loop['right'] as Named;
  const variables = variablesInNames(loop);
  return (tables.get(right.name) ?? [right])
    .flatMap(elementsOf)
    .flatMap((row) => (row ? partsOf(row, declared.id, variables) : []))
    .filter((name) => name !== undefined);
};

/** What the runner prints as a name: of a test, of a suite, and of a case in a table that makes tests. */
const namesIn = (node: Node, tables: ReadonlyMap<string | undefined, Node[]>): Node[] => {
  if (isTest(node)) return [...nodesOf((node['arguments'] as Node[])[0]!)];
  if (node.type === 'ForOfStatement') return namesOfRows(node, tables);
  if (node.type !== 'Property') return [];
  const key = node['key'] as Named;
  if (key.type === 'Literal') return [key];
  return key.name === 'name' ? [node['value'] as Node] : [];
};

/** The constants of a module, by their names. */
const constantsIn = (nodes: readonly Node[]): Map<string | undefined, Node[]> => {
  const declared = nodes.filter(({ type, init }) => type === 'VariableDeclarator' && isNode(init));
  const values = Map.groupBy(declared, (node) => (node['id'] as Named).name);
  return new Map([...values].map(([name, all]) => [name, all.map((node) => node['init'] as Node)]));
};

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Names of tests, suites and cases. A name outside a suite begins a sentence; the others may continue the name of their suite. */
export const textsInTests = (source: string): Text[] => {
  const code = stripTypeScriptTypes(source);
  const nodes = [...nodesOf(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }) as unknown as Node)];
  const calls = nodes.filter(isTest);
  const inner = new Set(calls.flatMap((call) => [...nodesOf(call)].slice(1)));
  const outermost = new Set(calls.filter((call) => !inner.has(call)).map((call) => (call['arguments'] as Node[])[0]));
  const tables = constantsIn(nodes);
  const names = new Set(nodes.flatMap((node) => namesIn(node, tables)));
  return [...names].flatMap((name) => {
    const text = literalOf(name);
    if (text === undefined || !isProse(text)) return [];
    return [{ line: lineAt(code, name.start), text: withoutQuotes(outermost.has(name) ? capitalised(text) : text) }];
  });
};

const isExport = (rest: string): boolean => /^\s*export\b/.test(rest);
