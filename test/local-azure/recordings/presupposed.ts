/** What a recording uses and never makes was there when it began: made by a test's fixture, or by hand. */
import type { Exchange } from './replay.ts';

export type Presupposed = { kind: 'device' | 'vault' | 'account'; group: string; name: string; location: string };

/** A resource whose first mention is neither its creation nor a look at it: after a look the script makes it by itself. */
export const presupposed = (exchanges: Exchange[]): Presupposed[] => [...used(exchanges), ...sinks(exchanges)];

/** Groups that the recording shows not to exist; the script makes every group that a path names. */
export const presupposedAbsences = (exchanges: Exchange[]): string[] =>
  exchanges.flatMap(({ url, body }) => {
    const group = /\/resourceGroups\/([^/?]+)/i.exec(url)?.[1];
    return group !== undefined && JSON.stringify(body ?? {}).includes('"ResourceGroupNotFound"') ? [group] : [];
  });

const used = (exchanges: Exchange[]): Presupposed[] => {
  const seen = new Set<string>();
  return exchanges.flatMap(({ method, url }) => {
    const [, group = '', type = '', name = '', below = ''] = resource.exec(url) ?? [];
    if (name === '' || seen.has(`${type}/${name}`)) return [];
    seen.add(`${type}/${name}`);
    if (method === 'GET' || (method === 'PUT' && below === '')) return [];
    const kind = type.toLowerCase() === 'vaults' ? 'vault' : 'device';
    return [{ kind, group, name, location: locationOf(name, exchanges) }];
  });
};

const resource =
  /\/resourceGroups\/([^/?]+)\/providers\/Microsoft\.(?:DataBoxEdge|KeyVault)\/(dataBoxEdgeDevices|vaults)\/([^/?]+)([^?]*)/i;

/** Storage accounts that diagnostic settings name. */
const sinks = (exchanges: Exchange[]): Presupposed[] => {
  const ids = JSON.stringify(exchanges.map(({ req }) => req)).matchAll(account);
  const named = new Map([...ids].map(([, group = '', name = '']) => [name, group]));
  return [...named].map(([name, group]) => ({ kind: 'account', group, name, location: locationOf(name, exchanges) }));
};

const account =
  /"storageAccountId":"\/subscriptions\/[^/"]+\/resourceGroups\/([^/"]+)\/providers\/Microsoft\.Storage\/storageAccounts\/([^/"]+)"/gi;

/** Where the recording shows it, alive or deleted. */
const locationOf = (name: string, exchanges: Exchange[]): string => {
  const text = JSON.stringify(exchanges);
  const deleted = new RegExp(`/locations/([a-z0-9]+)/deletedVaults/${name}`, 'i').exec(text)?.[1];
  const alive = new RegExp(`"name":"${name}","type":"[^"]+","location":"([a-z0-9]+)"`, 'i').exec(text)?.[1];
  return deleted ?? alive ?? 'eastus';
};
