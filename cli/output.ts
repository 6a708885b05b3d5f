/** What commands print: data on standard output in the format asked for. */

export const formats = ['json', 'table', 'none'] as const;
export type Format = (typeof formats)[number];

export type Row = Record<string, unknown>;

/** Data in the format asked for; a list of one kind of things becomes a table, one thing a list of its fields. */
export const formatData = (data: object, format: Format): string => {
  if (format === 'none') return '';
  if (format === 'json') return `${JSON.stringify(data, undefined, 2)}\n`;
  return Array.isArray(data) ? table(data as Row[]) : fields(data as Row);
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

/** Of any number of texts: no call takes hundreds of thousands of arguments. */
export const widest = (texts: readonly string[]): number =>
  texts.reduce((width, { length }) => Math.max(width, length), 0);

const aligned = (lines: readonly string[][]): string => {
  const widths = (lines[0] ?? []).map((_, column) => widest(lines.map((line) => line[column] ?? '')));
  const pad = (line: string[]) => line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ');
  return lines.map((line) => `${pad(line).trimEnd()}\n`).join('');
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
