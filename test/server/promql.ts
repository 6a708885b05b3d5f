/** Queries as Prometheus' own grammar reads them. */
import { parser } from '@prometheus-io/lezer-promql';

export type Selector = {
  metric: string;
  /** Labels that it is narrowed by, and those that the query groups by. */
  labels: string[];
};

/** What a query asks for. @throws Error where Prometheus would not take it */
export const selectorsIn = (query: string): Selector[] => {
  const selectors: Selector[] = [];
  const groupedBy: string[] = [];
  parser.parse(query).iterate({
    enter: ({ name, type, from, to, node }) => {
      const text = query.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${query}`);
      if (name === 'Identifier') selectors.push({ metric: text, labels: [] });
      if (name !== 'LabelName') return;
      if (node.parent?.name === 'GroupingLabels') groupedBy.push(text);
      else selectors.at(-1)?.labels.push(text);
    },
  });
  return selectors.map(({ metric, labels }) => ({ metric, labels: [...labels, ...groupedBy] }));
};
