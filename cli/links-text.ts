import type { Link } from '../client/searches.ts';
import { widest } from './output.ts';

/** For a terminal: one link a line, or how to get them. */
export const describeLinks = (links: readonly Link[]): string => {
  if (links.length === 0) return "Links into Temporal's web UI: set ASE_TEMPORAL_UI to its address.";
  const width = widest(links.map(({ what }) => what));
  return ["In Temporal's web UI:", ...links.map(({ what, url }) => `  ${what.padEnd(width)}  ${url}`)].join('\n');
};
