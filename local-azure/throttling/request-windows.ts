/** Requests counted since the window began, which the first of them did. */
export type RequestWindow = { startedAt: number; requests: number };

export type WindowLimit = { name: string; most: number; ms: number };

/**
 * Counts a request in the window of every limit, or in none if one of them is full: then that limit, and how long its
 * window still lasts. That a refused request does not count is documented for Key Vault and assumed for others.
 */
export const countRequest = (
  windows: Record<string, RequestWindow>,
  scope: string,
  limits: readonly WindowLimit[],
  now: number,
): { full: WindowLimit; ms: number } | undefined => {
  const counted = limits.map((limit) => {
    const key = `${scope}/${limit.name}`;
    return { limit, key, window: current(windows[key], limit, now) };
  });
  const over = counted.find(({ limit, window }) => window.requests >= limit.most);
  if (over) return { full: over.limit, ms: over.window.startedAt + over.limit.ms - now };
  for (const { key, window } of counted) windows[key] = { ...window, requests: window.requests + 1 };
  return undefined;
};

const current = (window: RequestWindow | undefined, { ms }: WindowLimit, now: number): RequestWindow =>
  window && window.startedAt + ms > now ? window : { startedAt: now, requests: 0 };
