/** Output formats. They have the meaning that they have in `az`; only `table` looks different. */
import { createRequire } from 'node:module';
import { styleText } from 'node:util';

/** All output formats. */
export const formats = ['json', 'jsonc', 'yaml', 'table', 'tsv', 'none'] as const;
/** An output format. */
export type Format = (typeof formats)[number];

/** A row of a table, by column. */
export type Row = Record<string, unknown>;

/** Returns data in a format; nothing for `null`, the result of a query without a match. @param stream decides on colours */
export const formatData = (data: unknown, format: Format, stream: NodeJS.WritableStream = process.stdout): string =>
  data === null || data === undefined ? '' : writers[format](data, stream);

const writers: Record<Format, (data: unknown, stream: NodeJS.WritableStream) => string> = {
  none: () => '',
  json: (data) => `${JSON.stringify(data, undefined, 2)}\n`,
  jsonc: (data, stream) => `${coloured(JSON.stringify(data, undefined, 2), stream)}\n`,
  // Of version 1.1, as Python reads it, and so az: there `no` and `12:30` are texts only in quotes. Loaded on demand.
  yaml: (data) => (createRequire(import.meta.url)('yaml') as typeof import('yaml')).stringify(data, { version: '1.1' }),
  tsv: (data) => (Array.isArray(data) ? data : [data]).map(tsvLine).join(''),
  table: (data) => {
    if (Array.isArray(data)) return table(data.map(rowOf));
    return isRow(data) ? fields(data) : `${cell(data)}\n`;
  },
};

/** Returns JSON in colours, on a terminal without NO_COLOR. */
const coloured = (json: string, stream: NodeJS.WritableStream): string =>
  json.replace(/("(?:[^"\\]|\\.)*")(:?)|true|false|null|-?\d[\d.eE+-]*/g, (token, text?: string, colon = '') => {
    if (text === undefined) return styleText('magenta', token, { stream });
    return colon ? `${styleText('blue', text, { stream })}:` : styleText('green', text, { stream });
  });

/** Returns values between tabs. Inside a line, a list is its length and an object is empty (knack 0.12, `_TsvOutput`). */
const tsvLine = (item: unknown): string => {
  if (typeof item === 'boolean') return `${item}\n`;
  const values = typeof item === 'object' && item !== null ? Object.values(item) : [item];
  return `${values.map(tsvCell).join('\t')}\n`;
};

/** Returns a value as Python prints it: scripts for `az` compare with `None` and `True`. */
const tsvCell = (value: unknown): string => {
  if (Array.isArray(value)) return String(value.length);
  if (isRow(value)) return '';
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** The result of a query may have no names; such columns are named as in `az`. */
const rowOf = (item: unknown): Row => {
  if (isRow(item)) return item;
  if (!Array.isArray(item)) return { result: item };
  return Object.fromEntries(item.map((value, index) => [`column${index + 1}`, value]));
};

/** Returns rows below upper-case names of columns; nothing for an empty list. */
export const table = (rows: readonly Row[]): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return '';
  const lines = [columns.map(title), ...rows.map((row) => columns.map((column) => cell(row[column])))];
  return aligned(lines);
};

/** Returns one field per line, and one element of a list per line; nested fields are named `outer.inner`. */
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

/** Returns lines of cells as columns, each as wide as its widest cell, with two spaces between them. */
export const aligned = (lines: readonly (readonly string[])[]): string => {
  // Loaded on demand.
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

/** Returns `BLOCKED STEP` for `blockedStep`. */
const title = (column: string): string => column.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase();

const cell = (value: unknown): string => {
  if (value === undefined || value === null) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cell).join(', ');
  if (isRow(value)) return rowCell(Object.entries(value));
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\s+/g, ' ');
};

/** `lock (was: the vault has no lock)`: the first field alone, which says what the row is about; the others by name. */
const rowCell = ([first, ...others]: [string, unknown][]): string => {
  if (!first) return '-';
  const more = others.map(([name, value]) => `${name}: ${cell(value)}`).join(', ');
  return more === '' ? cell(first[1]) : `${cell(first[1])} (${more})`;
};
