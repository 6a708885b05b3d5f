/**
 * Which budgets a request to Azure draws from. Sizes: "Understand how Azure Resource Manager throttles requests" and
 * "Scalability and performance targets for the Azure Storage resource provider" (Azure docs).
 */
import type { Budget } from './level.ts';

/** Below a tenth of the published size requests are spaced. Resource Manager tells the level with each answer. */
const resourceManager = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
};

const inMostOf = (most: number, seconds: number): Budget => ({
  size: most / 2,
  perSecond: most / 2 / seconds,
  reserve: 0,
});

const budgets: Readonly<Record<string, Budget>> = {
  ...Object.fromEntries(
    Object.entries(resourceManager).map(([name, budget]) => [name, { ...budget, reserve: budget.size / 10 }]),
  ),
  // The storage provider counts requests in windows, and tells nothing. Half of a window at once and the other half evenly are
  // never more than all of it, wherever the window begins.
  'storage reads': inMostOf(800, 300),
  'storage lists': inMostOf(100, 300),
  'storage writes of an hour': inMostOf(1200, 3600),
  // Ten in any second, with a margin for what the network pushes together.
  'storage writes': { size: 1, perSecond: 9.5, reserve: 0 },
};

/** Other providers publish nothing: their requests pass until one of them is refused. */
const unpublished: Budget = { size: 1000, perSecond: 1000, reserve: 0 };

/** A budget is one of a kind in a subscription: `writes of 0f4e…`. */
const named = (kind: string, subscriptionId: string): string => `${kind} of ${subscriptionId}`;

/** @param name as `budgetsOf` gives it */
export const kindOfBudget = (name: string): string => name.slice(0, name.lastIndexOf(' of '));

/** @param name as `budgetsOf` gives it */
export const budgetNamed = (name: string): Budget => budgets[kindOfBudget(name)] ?? unpublished;

/**
 * The names of the budgets that a request to Resource Manager draws from: first that of Resource Manager itself, then those of
 * the provider, the shortest window first. None for requests beyond subscriptions. A POST counts as a write, also where it only reads. Storage has its budgets by region, which
 * a request does not always name: those of one subscription are taken for one.
 */
export const budgetsOf = (method: string, url: string): string[] => {
  const path = readable(new URL(url).pathname).toLowerCase().replaceAll(/\/+/g, '/');
  const [, subscriptionId] = /^\/subscriptions\/([^/]+)(?:\/|$)/.exec(path) ?? [];
  if (subscriptionId === undefined) return [];
  return [operationOf(method), ...kindsOfProvider(method, path)].map((kind) => named(kind, subscriptionId));
};

/** Resource Manager reads escapes in a path before it looks for its parts. */
const readable = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const operationOf = (method: string): string => {
  if (method === 'DELETE') return 'deletes';
  return method === 'GET' || method === 'HEAD' ? 'reads' : 'writes';
};

/** The last provider of a path answers: a lock or a setting on an account is not the storage provider's. */
const kindsOfProvider = (method: string, path: string): string[] => {
  const [, provider, rest = ''] = /.*\/providers\/([^/]+)(.*)$/.exec(path) ?? [];
  if (provider === undefined || /^\/(register|unregister)?$/.test(rest)) return [];
  if (provider !== 'microsoft.storage') return [`requests to ${provider}`];
  if (method === 'GET') return [/^\/storageaccounts\/?$/.test(rest) ? 'storage lists' : 'storage reads'];
  // A POST such as listKeys counts as a read (users' reports).
  return method === 'POST' ? ['storage reads'] : ['storage writes', 'storage writes of an hour'];
};
