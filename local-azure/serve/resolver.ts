import { setTimeout as delay } from 'node:timers/promises';
import type { LocalAzure } from '../index.ts';

/** As long as resolvers commonly try, in milliseconds of the real clock. */
const PATIENCE_MS = 5_000;

/**
 * Whether a host name resolves, waited for as a patient resolver would. Not all tools look a new name up again: scripts
 * that poll a new vault would die of a first "not found". A name that nobody has fails at once. Rejects
 * when whoever asks goes away.
 */
export const resolves = async (azure: LocalAzure, hostname: string, signal: AbortSignal): Promise<boolean> => {
  const from = azure.resolvesFrom(hostname);
  if (from === undefined) return false;
  const wait = from - azure.now();
  // Node's timers may be a millisecond early by the clock.
  if (wait > 0) await delay(Math.min(wait + 1, PATIENCE_MS), undefined, { signal });
  return (azure.resolvesFrom(hostname) ?? Number.POSITIVE_INFINITY) <= azure.now();
};
