/** What commands print: data on standard output in the format asked for. The formats are az's, but for the look of a table. */
import { createRequire } from 'node:module';
import { styleText } from 'node:util';

export const formats = ['json', 'jsonc', 'yaml', 'table', 'tsv', 'none'] as const;
export type Format = (typeof formats)[number];

export type Row = Record<string, unknown>;

/** Data in the format asked for; nothing at all for `null`, which is what a query finds that finds nothing. @param stream what it is written to */
export const formatData = (data: unknown, format: Format, stream: NodeJS.WritableStream = process.stdout): string =>
  data === null || data === undefined ? '' : writers[format](data, stream);

const writers: Record<Format, (data: unknown, stream: NodeJS.WritableStream) => string> = {
  none: () => '',
  json: (data) => `${JSON.stringify(data, undefined, 2)}\n`,
  jsonc: (data, stream) => `${coloured(JSON.stringify(data, undefined, 2), stream)}\n`,
  // Of version 1.1, as Python reads it, and so az: there `no` and `12:30` are no texts unless they are quoted. Only who asks loads it.
  yaml: (data) => (createRequire(import.meta.url)('yaml') as typeof import('yaml')).stringify(data, { version: '1.1' }),
  tsv: (data) => (Array.isArray(data) ? data : [data]).map(tsvLine).join(''),
  table: (data) => {
    if (Array.isArray(data)) return table(data.map(rowOf));
    return isRow(data) ? fields(data) : `${cell(data)}\n`;
  },
};

/** JSON in colours on a terminal, as long as NO_COLOR is not set. */
const coloured = (json: string, stream: NodeJS.WritableStream): string =>
  json.replace(/("(?:[^"\\]|\\.)*")(:?)|true|false|null|-?\d[\d.eE+-]*/g, (token, text?: string, colon = '') => {
    if (text === undefined) return styleText('magenta', token, { stream });
    return colon ? `${styleText('blue', text, { stream })}:` : styleText('green', text, { stream });
  });

/** Values alone, between tabs. In a line, a list is its length, and what has fields is empty (knack 0.12, `_TsvOutput`). */
const tsvLine = (item: unknown): string => {
  if (typeof item === 'boolean') return `${item}\n`;
  const values = typeof item === 'object' && item !== null ? Object.values(item) : [item];
  return `${values.map(tsvCell).join('\t')}\n`;
};

/** As Python writes them: scripts that were written for az compare with `None` and `True`. */
const tsvCell = (value: unknown): string => {
  if (Array.isArray(value)) return String(value.length);
  if (isRow(value)) return '';
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** What a query has picked may have no names: columns are named as az names them. */
const rowOf = (item: unknown): Row => {
  if (isRow(item)) return item;
  if (!Array.isArray(item)) return { result: item };
  return Object.fromEntries(item.map((value, index) => [`column${index + 1}`, value]));
};

/** Columns as wide as their widest cell, under upper-case names; nothing at all for an empty list. */
export const table = (rows: readonly Row[]): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return '';
  const lines = [columns.map(title), ...rows.map((row) => columns.map((column) => cell(row[column])))];
  return aligned(lines);
};

/** One field a line, of a list of things one thing a line; nested fields are named `outer.inner`. */
export const fields = (row: Row): string => aligned(flatten(row));

const flatten = (row: Row, prefix = ''): string[][] =>
  Object.entries(row).flatMap(([name, value]) => {
    if (isRow(value)) return flatten(value, `${prefix}${name}.`);
    if (Array.isArray(value) && value.length > 1 && value.every(isRow)) {
      return value.map((row, at) => [at === 0 ? `${prefix}${name}` : '', cell(row)]);
    }
    return [[`${prefix}${name}`, cell(value)]];
  });

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lines of cells as columns, each as wide as its widest cell, with two spaces between them. */
export const aligned = (lines: readonly (readonly string[])[]): string => {
  // Only a command that prints a table loads it.
  const { default: widthOf } = createRequire(import.meta.url)(
    'fast-string-width',
  ) as typeof import('fast-string-width');
  const widths: number[] = [];
  for (const line of lines) {
    line.forEach((text, column) => (widths[column] = Math.max(widths[column] ?? 0, widthOf(text))));
  }
  const pad = (text: string, column: number): string => text + ' '.repeat((widths[column] ?? 0) - widthOf(text));
  return lines.map((line) => `${line.map(pad).join('  ').trimEnd()}\n`).join('');
};

/** `blockedStep` is titled `BLOCKED STEP`. */
const title = (column: string): string => column.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase();

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cell).join(', ');
  if (isRow(value)) {
    return Object.values(value).map(cell).join('; ');
  }
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\s+/g, ' ');
};
