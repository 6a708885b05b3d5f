/** The page about monitoring says what the code and the rules say. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { failures } from '../../domain/failures.ts';
import { metrics, type Metric } from '../../domain/metrics.ts';
import { steps } from '../../workflows/steps.ts';
import { selectorsIn } from '../server/promql.ts';

const read = (file: string): Promise<string> => readFile(new URL(`../../docs/${file}`, import.meta.url), 'utf8');
const page = await read('monitoring.md');

type Rule = { alert: string; expr: string; annotations: { summary: string; description: string } };
const { groups } = parse(await read('monitoring/alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

/** Rows of the tables under a heading, cell by cell. */
const rowsUnder = (heading: string): string[][] => {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('| `'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
};

test('the table of metrics equals the table in the code', () => {
  const inCode = Object.values(metrics).map(({ name, kind, labels, says }: Metric) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(', ') || '–',
    says,
  ]);
  assert.deepEqual(rowsUnder('Metrics'), inCode);
});

test('the table of alerts names each rule, in order', () => {
  assert.deepEqual(
    rowsUnder('Alerts').map(([alert]) => alert),
    rules.map(({ alert }) => `\`${alert}\``),
  );
});

test('every rule has a meaning and an instruction', () => {
  for (const { alert, annotations } of rules) {
    assert.ok(annotations.summary.length > 10, alert);
    assert.ok(annotations.description.length > 40, alert);
  }
});

test('rules and dashboard name only existing steps and failures', async () => {
  const dashboard = await read('monitoring/dashboard.json');
  const texts = [...rules.map(({ expr }) => expr), ...dashboard.split('\n')];
  const named = (label: string): string[] =>
    texts
      .flatMap((text) => [...text.matchAll(new RegExp(`\\b${label}[!=]~?\\\\?"([\\w|]+)\\\\?"`, 'g'))])
      .flatMap(([, value = '']) => value.split('|'));
  assert.deepEqual(
    named('step').filter((step) => !Object.hasOwn(steps, step)),
    [],
  );
  assert.ok(named('step').includes('relockKeyVault'));
  assert.deepEqual(
    named('failure').filter((type) => !Object.hasOwn(failures, type)),
    [],
  );
});

test('a query that Prometheus would refuse is detected', () => {
  assert.throws(() => selectorsIn('sum by (step) (ase_blocked'), /no PromQL/);
  assert.throws(() => selectorsIn('ase_blocked{step=relockKeyVault}'), /no PromQL/);
});
