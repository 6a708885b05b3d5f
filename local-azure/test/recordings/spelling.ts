/**
 * Brings a session into words that the local Azure understands: names that a recorder replaced by something no Azure
 * would accept, regions that it lacks, and resources of other providers where only what stands on them is compared.
 */
import { locations, normalLocation } from '../../arm/locations.ts';
import { fold } from '../../arm/path.ts';
import { objectIn, objectsIn, textIn, type JsonObject } from '../../json.ts';
import { isServedType } from './destination.ts';
import { bodyOf, hasSucceeded, requestOf, type Exchange } from './exchange.ts';
import { entriesOf } from './views.ts';

type Respelling = (text: string) => string;

export const inOurSpelling = (session: Exchange[]): Exchange[] => {
  const plain = session.map(withPlainScope);
  const respellings = [...standIns(plain), ...names(plain), ...regions(plain), ...categories(plain)];
  const respell: Respelling = (text) => respellings.reduce((spelt, respelling) => respelling(spelt), text);
  return plain.map((exchange) => JSON.parse(respell(JSON.stringify(exchange))) as Exchange);
};

/** A scope whose slashes are percent-encoded, wherever something stands on a resource of another provider. */
const withPlainScope = (exchange: Exchange): Exchange => {
  const url = exchange.url.replaceAll(/%2f/gi, '/').replace(/(?<!:)\/{2,}/g, '/');
  return otherResources.test(url) ? { ...exchange, url } : exchange;
};

const otherResources =
  /\/(resourceGroups\/[^/?]+\/providers\/)((?:[^/"?]+\/){2,}[^/"?]+)\/providers\/(?:Microsoft\.Authorization\/locks|Microsoft\.Insights\/diagnosticSettings)/i;

/** A vault for every resource of a type that is not served and that carries locks or settings. */
const standIns = (session: Exchange[]): Respelling[] => {
  const found = session.flatMap(({ url }) => {
    const [, place = '', resource = ''] = otherResources.exec(url) ?? [];
    return resource !== '' && !isServedType(resource) ? [fold(`${place}${resource}`)] : [];
  });
  return [...new Set(found)].map((id, index) => {
    const [place = '', resource = ''] = id.split('/providers/');
    const name = vaultName(`${index}-${resource.split('/').slice(2).join('-')}`);
    return replacing(id, `${place}/providers/Microsoft.KeyVault/vaults/${name}`);
  });
};

/** Whole words only, in any case, with slashes doubled or encoded. */
const replacing = (from: string, to: string): Respelling => {
  const pattern = from
    .split('/')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('(?:/+|%2[fF])');
  const words = new RegExp(`(?<![\\w-])${pattern}(?![\\w-])`, 'gi');
  return (text) => text.replaceAll(words, () => to);
};

/** Names of vaults and accounts that Azure would have refused, and did not. */
const names = (session: Exchange[]): Respelling[] => {
  const used = (pattern: RegExp): string[] => [
    ...new Set(
      session.filter(isAccepted).flatMap(({ url }) => [...url.matchAll(pattern)].map(([, name = '']) => name)),
    ),
  ];
  const vaults = used(/(?:^https?:\/\/(?=[^/]*\.vault\.)|\/(?:deleted)?vaults\/)([^./?]+)/gi);
  const accounts = used(/\/storageAccounts\/([^/?]+)/gi);
  return [
    ...vaults
      .filter((name) => !/^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/i.test(name))
      .map((name) => replacing(name, vaultName(name))),
    ...accounts.filter((name) => !/^[a-z0-9]{3,24}$/.test(name)).map((name) => replacing(name, accountName(name))),
  ];
};

const isAccepted = ({ status }: Exchange): boolean => status !== 400;

const vaultName = (name: string): string =>
  `v-${name}`
    .replaceAll(/[^a-z0-9]+/gi, '-')
    .slice(0, 24)
    .replace(/-$/, '');

const accountName = (name: string): string => `a${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}000`.slice(0, 24);

/** Regions that the local Azure lacks become one that it has; in a refusal the region may be the reason. */
const regions = (session: Exchange[]): Respelling[] => {
  const named = session
    .filter(hasSucceeded)
    .flatMap(({ url, body }) => [
      /\/locations\/([^/?]+)/i.exec(url)?.[1] ?? '',
      ...[...JSON.stringify(body).matchAll(/"location":"([^"]+)"/g)].map(([, location = '']) => location),
    ]);
  const known: readonly string[] = [...locations, 'global'];
  const unknown = [...new Set(named)].filter((name) => name !== '' && !known.includes(normalLocation(name)));
  return unknown.map((name) => replacing(name, 'eastus2'));
};

/** A vault has two categories of logs: they stand for the first two that the session names. */
const categories = (session: Exchange[]): Respelling[] => {
  const about = session.filter(
    ({ url }) => otherResources.test(url) && !isServedType(otherResources.exec(url)?.[2] ?? ''),
  );
  const bodies = about.flatMap((exchange) => [requestOf(exchange) ?? {}, bodyOf(exchange)]);
  const logs = bodies.flatMap((body) => [...settingsIn(body).flatMap(logsOf), ...categoriesIn(body)]);
  const ours = ['AuditEvent', 'AzurePolicyEvaluationDetails'];
  return [...new Set(logs)]
    .filter((category) => !ours.includes(category))
    .slice(0, ours.length)
    .map((category, index) => replacing(category, ours[index] ?? ''));
};

const settingsIn = (body: JsonObject): JsonObject[] => entriesOf(body).map((entry) => objectIn(entry, 'properties'));

const logsOf = (setting: JsonObject): string[] =>
  objectsIn(setting, 'logs').flatMap((log) => textIn(log, 'category') ?? []);

const categoriesIn = (body: JsonObject): string[] =>
  entriesOf(body).flatMap((entry) =>
    objectIn(entry, 'properties')['categoryType'] === 'Logs' ? (textIn(entry, 'name') ?? []) : [],
  );
