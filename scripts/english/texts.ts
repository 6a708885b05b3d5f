/** The prose of a file, with the line it begins in: what people read, without code and without what Azure says. */
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

const isExport = (rest: string): boolean => /^\s*export\b/.test(rest);
