/** What a worker's Prometheus endpoint says. */
import { ok } from 'node:assert/strict';

export type Series = { name: string; labels: Record<string, string>; value: number };

export const scrape = async (address: string): Promise<{ text: string; series: Series[] }> => {
  const answer = await fetch(`http://${address}/metrics`);
  ok(answer.ok, `the endpoint answered ${answer.status}`);
  const text = await answer.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { text, series: lines.map(readSeries) };
};

const line = /^(?<name>\w+)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

const readSeries = (text: string): Series => {
  const { name = '', labels = '', value } = line.exec(text)?.groups ?? {};
  ok(name, `no series: ${text}`);
  const pairs = [...labels.matchAll(label)].map(([, key = '', held = '']) => [key, held]);
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
};

/** The one series of this name with these labels among others, or undefined. */
export const valueOf = (
  series: readonly Series[],
  name: string,
  labels: Record<string, string> = {},
): number | undefined =>
  series.find((each) => each.name === name && Object.entries(labels).every(([key, held]) => each.labels[key] === held))
    ?.value;
