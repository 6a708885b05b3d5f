import { json, Refusal, refuseAtGateway } from './answers.ts';
import { fold, type ArmTarget } from './path.ts';
import type { Effect, Handler, KnownRoute, Provider, Route, Routes } from './provider.ts';

type KnownNamespace = { name: string; patterns: Set<string> };

/** Puts the tables of all providers into one, by method, scope, namespace and folded pattern. */
export const routesOf = (providers: readonly Provider[]): Routes => {
  const table = new Map<string, KnownRoute>();
  const known = new Map<string, KnownNamespace>();
  for (const provider of providers) {
    const namespace = fold(provider.namespace);
    const patterns = new Set<string>();
    known.set(namespace, { name: provider.namespace, patterns });
    for (const [key, route] of Object.entries(provider.routes)) {
      const { method, scope, pattern } = parsedKey(key);
      patterns.add(fold(pattern));
      table.set(`${method} ${scope} ${namespace}/${fold(pattern)}`, knownRoute(provider, key, route));
    }
  }
  const at = (method: string, scope: string, target: ArmTarget): KnownRoute | undefined =>
    table.get(`${method} ${scope} ${target.namespace}/${target.pattern}`);
  return {
    find: (method, target) => at(method, target.scopeKind, target) ?? at(method, 'any', target),
    refusalFor: (method, target, apiVersion) => refusalFor(method, target, apiVersion, known.get(target.namespace)),
  };
};

/** `PUT group/vaults/{}` → method, scope and pattern. */
const parsedKey = (key: string): { method: string; scope: string; pattern: string } => {
  const [, method = '', scope = '', pattern = ''] = /^(\S+) ([^/]+)\/(.+)$/.exec(key) ?? [];
  return { method, scope, pattern };
};

const knownRoute = (provider: Provider, key: string, entry: Handler | Route): KnownRoute => {
  const route = typeof entry === 'function' ? { run: entry } : entry;
  const { method, pattern } = parsedKey(key);
  const types = pattern.split('/').filter((segment) => segment !== '{}');
  const effect = route.effect ?? effectOf(method);
  const { action } = route;
  const byRule = `${provider.namespace}/${types.join('/')}/${verbs[method] ?? 'action'}`;
  const lockedAs = isExemptFromLocks(provider, types) ? undefined : lockedOperation(method, effect);
  return {
    provider,
    run: route.run,
    effect,
    open: route.open ?? route.poll ?? false,
    poll: route.poll ?? false,
    actionOf: typeof action === 'function' ? action : () => action ?? byRule,
    ...(lockedAs ? { lockedAs } : {}),
    isOfGroupItself: provider.namespace === 'Microsoft.Resources' && types[1] === 'resourceGroups',
    type: types[0] ?? '',
  };
};

const verbs: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
  POST: 'action',
};

const effectOf = (method: string): Effect => (method === 'GET' || method === 'HEAD' ? 'read' : 'write');

const lockedOperation = (method: string, effect: Effect): 'write' | 'delete' | undefined => {
  if (effect === 'read') return undefined;
  return method === 'DELETE' ? 'delete' : 'write';
};

/** Locks themselves can always be put and removed: else nobody could ever take one off. */
const isExemptFromLocks = (provider: Provider, types: string[]): boolean =>
  provider.namespace === 'Microsoft.Authorization' && types[0] === 'locks';

/** Texts from users' reports. */
const refusalFor = (
  method: string,
  target: ArmTarget,
  apiVersion: string,
  known: KnownNamespace | undefined,
): Refusal => {
  if (!known) {
    const [namespace = ''] = target.type.split('/');
    return refuseAtGateway(404, 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`);
  }
  if (known.patterns.has(target.pattern)) {
    return new Refusal(json(405, { Message: `The requested resource does not support http method '${method}'.` }));
  }
  return refuseAtGateway(
    404,
    'InvalidResourceType',
    `The resource type could not be found in the namespace '${known.name}' for api version '${apiVersion}'.`,
  );
};

/** The types of a provider in its spelling, e.g. `vaults`, `vaults/accessPolicies`. */
export const typesOf = (provider: Provider): string[] => [
  ...(provider.otherTypes ?? []),
  ...new Set(
    Object.keys(provider.routes)
      .map((key) => parsedKey(key).pattern)
      .filter((pattern) => pattern.endsWith('/{}'))
      .map((pattern) => pattern.replaceAll('/{}', '')),
  ),
];
