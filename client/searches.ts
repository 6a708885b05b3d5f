/** What people look for in Temporal's list of workflows, as queries and as links into its web UI. */
import type { Config } from '../config.ts';

export const searches = {
  blocked: "AseBlockedStep IS NOT NULL AND ExecutionStatus = 'Running'",
  consent: "AsePhase = 'consent' AND ExecutionStatus = 'Running'",
} as const;

/** Why operations are blocked: the names of a step and of a failure. */
export type Cause = { step: string; failure: string };

export const blockedBy = ({ step, failure }: Cause): string =>
  `(AseBlockedStep = ${literal(step)} AND AseFailure = ${literal(failure)})`;

/** A text in a query. Anybody may start a workflow whose attributes hold quotes. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export type Link = { what: string; query: string; url: string };

const day = 24 * 60 * 60_000;

/** Ready links into the web UI, or none where its address is not known. @param now in milliseconds; keys expire from then on */
export const linksInto = ({ uiUrl, namespace }: Pick<Config, 'uiUrl' | 'namespace'>, now = Date.now()): Link[] => {
  if (uiUrl === undefined) return [];
  const [from, to] = [now, now + day].map((time) => new Date(time).toISOString());
  const queries = {
    blocked: searches.blocked,
    'waiting for consent': searches.consent,
    'keys expiring within 24 h': `AseKeyExpiry BETWEEN '${from}' AND '${to}'`,
  };
  return Object.entries(queries).map(([what, query]) => ({
    what,
    query,
    url: `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${encoded(query)}`,
  }));
};

/** Terminals end a link at a quotation mark. */
const encoded = (query: string): string => encodeURIComponent(query).replaceAll("'", '%27');

export type BlockedCount = Cause & { count: number };

/** How many are blocked at which step and why, the most frequent first. Temporal does not group by attributes of ours. */
export const countBlocked = (found: readonly Cause[]): BlockedCount[] => {
  const groups = Object.groupBy(found, ({ step, failure }) => `${step} ${failure}`);
  return Object.entries(groups)
    .sort(([one, ones = []], [other, others = []]) => others.length - ones.length || one.localeCompare(other))
    .flatMap(([, group = []]) => {
      const { step, failure } = group[0] ?? {};
      return step !== undefined && failure !== undefined ? [{ step, failure, count: group.length }] : [];
    });
};
