import { decoded } from '../percent.ts';

/** Where the thing before the last `/providers/` lives. `resource`: an extension resource such as a lock on a vault. */
export type ScopeKind = 'tenant' | 'subscription' | 'group' | 'resource';

/** What a path of Azure Resource Manager names, in one form for all its spellings. */
export type ArmTarget = {
  /** The resource (for a list: the scope that it is taken at; for an action: the resource acted on), as it was spelt. */
  id: string;
  /** What stands before the last `/providers/`, as it was spelt; empty at the tenant. */
  scope: string;
  scopeKind: ScopeKind;
  subscriptionId?: string;
  resourceGroup?: string;
  /** Folded, e.g. `microsoft.keyvault`. */
  namespace: string;
  /** As it was spelt, e.g. `Microsoft.KeyVault/vaults`. */
  type: string;
  /** Folded, names left out: `vaults`, `vaults/{}`, `databoxedgedevices/{}/generatecertificate`. */
  pattern: string;
  /** The names at the places of `{}`, as they were spelt. */
  names: string[];
};

/** Azure compares ids without regard to case. */
export const fold = (id: string): string => id.toLowerCase();

/**
 * Reads a path as Azure Resource Manager does: any case, doubled slashes, and scopes whose slashes are percent-encoded
 * (all recorded). Returns nothing for a path that is not well encoded, or that hides dot segments, control characters or
 * what ASP.NET takes for dangerous in its encoding (assumed: Azure Resource Manager runs on it).
 */
export const parseArmPath = (pathname: string): ArmTarget | undefined => {
  const path = cleaned(pathname);
  if (path === undefined) return undefined;
  const split = fold(path).lastIndexOf('/providers/');
  const segments = path.slice(split + '/providers/'.length).split('/');
  const isAboutProvider =
    split >= 0 && (segments.length === 1 || (segments.length === 2 && isProviderVerb(segments[1])));
  if (split < 0 || isAboutProvider) return ofResourceManager(path.slice(1).split('/'));
  const [namespace = '', ...rest] = segments;
  return ofProvider(path.slice(0, split), namespace, rest);
};

/** The id of what carries the tags that a path names; nothing for a path that names no tags. */
export const tagScopeOf = (pathname: string): string | undefined => {
  const target = parseArmPath(pathname);
  return target?.namespace === 'microsoft.resources' && target.pattern === 'tags/{}' ? target.scope : undefined;
};

const isProviderVerb = (segment: string | undefined): boolean => /^(un)?register$/i.test(segment ?? '');

const cleaned = (pathname: string): string | undefined => {
  const segments = decoded(pathname)?.split('/').filter(Boolean);
  return segments?.some((segment) => isUnfit.test(segment)) ? undefined : segments && `/${segments.join('/')}`;
};

const isUnfit = /^\.{1,2}$|\p{Cc}|[<>*%&:\\?]/u;

/** Subscriptions, groups and providers themselves: no `/providers/` before them, their ids stand at the tenant. */
const ofResourceManager = (segments: string[]): ArmTarget => {
  const { names, types, pattern, upToLastName } = namesAndTypes(segments);
  const id = names.length === 0 ? '' : `/${upToLastName}`;
  const type = `Microsoft.Resources/${types}`;
  return { id, scope: '', scopeKind: 'tenant', namespace: 'microsoft.resources', type, pattern, names, ...placeOf(id) };
};

const ofProvider = (scope: string, namespace: string, segments: string[]): ArmTarget => {
  const { names, types, pattern, upToLastName } = namesAndTypes(segments);
  const id = names.length === 0 ? scope : `${scope}/providers/${namespace}/${upToLastName}`;
  const kinds = { scopeKind: scopeKindOf(scope), namespace: fold(namespace), type: `${namespace}/${types}` };
  return { id, scope, ...kinds, pattern, names, ...placeOf(scope) };
};

const namesAndTypes = (
  segments: string[],
): Record<'types' | 'pattern' | 'upToLastName', string> & { names: string[] } => {
  const names = segments.filter((_, index) => index % 2 === 1);
  return {
    names,
    types: segments.filter((_, index) => index % 2 === 0).join('/'),
    pattern: segments.map((segment, index) => (index % 2 === 1 ? '{}' : fold(segment))).join('/'),
    upToLastName: segments.slice(0, names.length * 2).join('/'),
  };
};

const placeOf = (id: string): Partial<Pick<ArmTarget, 'subscriptionId' | 'resourceGroup'>> => {
  const [, first = '', subscriptionId, third = '', resourceGroup] = id.split('/');
  return {
    ...(fold(first) === 'subscriptions' && subscriptionId ? { subscriptionId } : {}),
    ...(fold(third) === 'resourcegroups' && resourceGroup ? { resourceGroup } : {}),
  };
};

const scopeKindOf = (scope: string): ScopeKind => {
  if (scope === '') return 'tenant';
  if (/^\/subscriptions\/[^/]+$/i.test(scope)) return 'subscription';
  if (/^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+$/i.test(scope)) return 'group';
  return 'resource';
};
