/** Where a recorded request went: to a part of Azure that the local Azure serves, or elsewhere. */
import { fold, parseArmPath, type ArmTarget } from '../../arm/path.ts';
import { decoded } from '../../percent.ts';
import { providers } from '../../providers.ts';

export type Destination =
  | { to: 'arm'; target: ArmTarget }
  | { to: 'vault'; vaultName: string; segments: string[] }
  /** `what` in words for the report. */
  | { to: 'elsewhere'; what: string };

/** The parts of a URL that may lack its host, or have a placeholder that no host could be. */
export const partsOf = (url: string): { host: string; path: string; query: string } => {
  const [, host = '', rest = ''] = /^(?:https?:\/\/([^/?]*))?(.*)$/s.exec(url) ?? [];
  const [path = '', ...query] = rest.split('?');
  return { host: fold(host).replace(/:\d+$/, ''), path, query: query.join('?') };
};

/** Recorders that hide hosts show these by their first segment alone, the id of a tenant. */
const ofTenant = /^\/+[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\//i;

export const destinationOf = (url: string): Destination => {
  const { host, path } = partsOf(url);
  if (ofTenant.test(path) || /(^|\.)(login|sts|graph)\.|\/oauth2\/|\/\.well-known\//i.test(`${host}${path}`)) {
    return { to: 'elsewhere', what: 'sign-in and Microsoft Graph' };
  }
  const vaultName = /^([^.]+)\.vault\./.exec(host)?.[1];
  if (vaultName !== undefined) return inVault(vaultName, path);
  return isResourceManager(host) ? ofResourceManager(path) : { to: 'elsewhere', what: `the host ${shortened(host)}` };
};

/** In every cloud; some recorders leave the host out, or put one of their own in its place. */
const isResourceManager = (host: string): boolean =>
  host === '' || host === 'localhost' || /(^|\.)management\.|^management-/.test(host);

/** Names are left out: one line of the report for all accounts. */
const shortened = (host: string): string => host.split('.').slice(1).join('.') || host;

const inVault = (vaultName: string, path: string): Destination => {
  const segments = path
    .split('/')
    .filter(Boolean)
    .map((segment) => decoded(segment) ?? segment);
  if (/^(deleted)?secrets$/i.test(segments[0] ?? '')) return { to: 'vault', vaultName, segments };
  return { to: 'elsewhere', what: 'keys and certificates of Key Vault' };
};

const ofResourceManager = (path: string): Destination => {
  const target = parseArmPath(path);
  if (!target) return { to: 'elsewhere', what: 'paths that name no resource' };
  return isServed(target) ? { to: 'arm', target } : { to: 'elsewhere', what: typeOf(target) };
};

/** Whether the local Azure has the type, or is asked about a provider that it knows; children and actions count as served. */
const isServed = (target: ArmTarget): boolean => {
  const { namespace, pattern, names } = target;
  if (pattern.startsWith('subscriptions/{}/providers/{}')) return providerNamed(names[1] ?? '') !== undefined;
  return typesServed.get(namespace)?.has(headOf(pattern)) === true;
};

const providerNamed = (namespace: string) => providers.find((known) => fold(known.namespace) === fold(namespace));

/** The first type of a pattern, or what stands below a location: `vaults`, `locations/deletedvaults`. */
const headOf = (pattern: string): string => {
  const [first = '', , second = ''] = fold(pattern).split('/');
  return first === 'locations' ? `${first}/${second}` : first;
};

const typesServed = new Map(
  providers.map(({ namespace, routes }) => [
    fold(namespace),
    new Set(Object.keys(routes).map((key) => headOf(key.replace(/^\S+ [^/]+\//, '')))),
  ]),
);

/** Operations of a provider that it does serve count as served, wherever they are polled. */
const typeOf = ({ type }: ArmTarget): string => type.split('/').slice(0, 2).join('/');

/** Whether an entry of a list could be in the local Azure: a resource or provider that it serves, or no resource at all. */
export const couldBeHere = (id: string): boolean => {
  const target = id.startsWith('/') ? parseArmPath(id) : undefined;
  return target === undefined || isServed(target);
};

/** Whether resources of this type exist in the local Azure: `microsoft.keyvault/vaults`. */
export const isServedType = (type: string): boolean => {
  const [namespace = '', first = ''] = fold(type).split('/');
  return typesServed.get(namespace)?.has(first) === true;
};
