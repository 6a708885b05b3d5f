/** What an organisation asks of everything that is made for its devices. The worker reads it at start-up (`ASE_PROFILE`). */
import { type Device, shown } from './device.ts';
import { Refusal } from './failures.ts';
import { type Tags, missingTags, tagNamed } from './ownership.ts';

/** The network rules of new vaults and audit accounts. Absent rules are as open as the portal's defaults. */
export type NetworkRules = {
  publicNetworkAccess?: 'Enabled' | 'Disabled';
  /** What happens to callers that no rule names. */
  defaultAction?: 'Allow' | 'Deny';
  /** IPv4 addresses and ranges, such as `203.0.113.7` and `203.0.113.0/24`. */
  ipRules?: string[];
  /** Whether Azure's own services pass. Those of Azure Monitor write the audit log, so they always pass to its account. */
  bypass?: 'AzureServices' | 'None';
};

/** The SKUs that a diagnostic setting supports: premium accounts are not among them (Azure docs). */
export const storageSkus = [
  'Standard_LRS',
  'Standard_ZRS',
  'Standard_GRS',
  'Standard_GZRS',
  'Standard_RAGRS',
  'Standard_RAGZRS',
] as const;
export type StorageSku = (typeof storageSkus)[number];

export type Profile = {
  /** On the vault and on the audit account; a value that somebody gave such a tag is never overwritten. */
  requiredTags: Tags;
  /** Of new vaults. It can never be switched off again. */
  purgeProtection: boolean;
  network: NetworkRules;
  /** Of a new audit account; not every region has zones. */
  storageSku: StorageSku;
  /** Days after which Azure calls the keys of a new audit account expired. */
  storageKeyExpirationDays?: number;
};

/** Of an organisation that asks for nothing. */
export const plainProfile: Profile = {
  requiredTags: {},
  purgeProtection: false,
  network: {},
  storageSku: 'Standard_ZRS',
};

/** Reads the parsed JSON of a profile. @throws Refusal InvalidInput, one line that names the field and its format */
export const readProfile = (value: unknown): Profile => {
  const { requiredTags, purgeProtection, network, storageSku, storageKeyExpirationDays } = objectOf('', value, [
    'requiredTags',
    'purgeProtection',
    'network',
    'storageSku',
    'storageKeyExpirationDays',
  ]);
  return {
    requiredTags: requiredTags === undefined ? {} : readTags(requiredTags),
    purgeProtection: readPurgeProtection(purgeProtection),
    network: network === undefined ? {} : readNetwork(network),
    storageSku: storageSku === undefined ? plainProfile.storageSku : oneOf('storageSku', storageSku, storageSkus),
    ...(storageKeyExpirationDays === undefined ? {} : { storageKeyExpirationDays: readDays(storageKeyExpirationDays) }),
  };
};

const wrong = (field: string, wanted: string, got: unknown): Refusal =>
  new Refusal('InvalidInput', `${field} must be ${wanted}; it is ${shown(got)}`);

/** @param field empty for the profile itself */
const objectOf = (field: string, value: unknown, known: readonly string[]): Record<string, unknown> => {
  const wanted = `a JSON object with the fields ${known.join(', ')}`;
  const record = recordOf(field || 'the profile', value, wanted);
  const unknown = Object.keys(record).find((name) => !known.includes(name));
  if (unknown === undefined) return record;
  const named = field ? `${field}.${unknown}` : unknown;
  throw new Refusal('InvalidInput', `${shown(named)} is not a field; write ${wanted}`);
};

const recordOf = (field: string, value: unknown, wanted: string): Record<string, unknown> => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(field, wanted, value);
};

const oneOf = <T extends string>(field: string, value: unknown, allowed: readonly T[]): T => {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw wrong(field, allowed.map((one) => `"${one}"`).join(' or '), value);
};

/** A resource has at most 50 (Azure docs); four and the state of a retained vault are ours. */
const mostTags = 45;

const readTags = (value: unknown): Tags => {
  const tags = Object.entries(recordOf('requiredTags', value, 'a JSON object of names and values'));
  if (tags.length > mostTags) throw wrong('requiredTags', `at most ${mostTags} tags`, tags.length);
  const names = tags.map(([name]) => name.toLowerCase());
  const twice = tags.find(([name], at) => names.indexOf(name.toLowerCase()) !== at);
  if (twice) throw wrong('requiredTags', 'a JSON object without two names that differ in case only', twice[0]);
  return Object.fromEntries(tags.map(([name, text]) => [readTagName(name), readTagValue(name, text)]));
};

/** Storage accounts take names of 128 characters, without some (Azure docs). */
const readTagName = (name: string): string => {
  if (/^(?!ase-)[^<>%&\\?/\p{C}]{1,128}$/iu.test(name)) return name;
  const wanted = 'names of 1 to 128 characters without < > % & \\ ? / that do not begin with "ase-"';
  throw wrong('a name in requiredTags', `one of the ${wanted}`, name);
};

const readTagValue = (name: string, value: unknown): string => {
  if (typeof value === 'string' && /^[^\p{C}]{1,256}$/u.test(value)) return value;
  throw wrong(`requiredTags.${name}`, 'a text of 1 to 256 characters', value);
};

/** Azure takes `true` only: what was never protected is said by leaving it out. */
const readPurgeProtection = (value: unknown): boolean => {
  if (value === undefined || value === true) return value === true;
  throw wrong('purgeProtection', 'true or absent', value);
};

const readNetwork = (value: unknown): NetworkRules => {
  const rules = objectOf('network', value, ['publicNetworkAccess', 'defaultAction', 'ipRules', 'bypass']);
  const { publicNetworkAccess: access, defaultAction, ipRules, bypass } = rules;
  if (ipRules !== undefined && defaultAction !== 'Deny') {
    throw wrong('network.defaultAction', '"Deny" with network.ipRules, which have no effect otherwise', defaultAction);
  }
  return {
    ...(access === undefined
      ? {}
      : { publicNetworkAccess: oneOf('network.publicNetworkAccess', access, ['Enabled', 'Disabled']) }),
    ...(defaultAction === undefined
      ? {}
      : { defaultAction: oneOf('network.defaultAction', defaultAction, ['Allow', 'Deny']) }),
    ...(ipRules === undefined ? {} : { ipRules: readIpRules(ipRules) }),
    ...(bypass === undefined ? {} : { bypass: oneOf('network.bypass', bypass, ['AzureServices', 'None']) }),
  };
};

const octet = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
/** Storage refuses ranges of one and two addresses, which are written as addresses (Azure docs). */
const ipRule = new RegExp(`^${octet}(\\.${octet}){3}(/([1-9]|[12]\\d|30))?$`);

/** RFC 1918 (Azure docs: "private addresses are not allowed"; Azure/azure-cli#7417). */
const privateRange = /^(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.)/;

const readIpRules = (value: unknown): string[] => {
  if (!Array.isArray(value)) throw wrong('network.ipRules', 'a JSON array of texts', value);
  return value.map((rule: unknown, at) => {
    if (typeof rule !== 'string' || !ipRule.test(rule)) {
      throw wrong(`network.ipRules[${at}]`, 'an IPv4 address or a range of /1 to /30, like "203.0.113.0/24"', rule);
    }
    if (privateRange.test(rule)) throw wrong(`network.ipRules[${at}]`, 'public: Azure refuses private addresses', rule);
    return rule;
  });
};

const readDays = (value: unknown): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw wrong('storageKeyExpirationDays', 'a whole number of days from 1 on', value);
};

/** Returns the required tags that a resource lacks. Existing tags stay, whatever their value. */
export const lackingTags = (tags: Tags, { requiredTags }: Pick<Profile, 'requiredTags'>): Tags =>
  Object.fromEntries(Object.entries(requiredTags).filter(([name]) => tagNamed(tags, name) === undefined));

/** Those of our tags and of the required ones that are to be added to what is there. */
export const completeTags = (tags: Tags, device: Device, profile: Pick<Profile, 'requiredTags'>): Tags => ({
  ...lackingTags(tags, profile),
  ...missingTags(tags, device),
});

// What has become of what was asked for. A policy may rewrite a resource after it was written; that is told, not fought.

/** A field of a resource that is not as it was asked for, or as a new one would be: a policy has changed it, or a person. */
export type Modification = {
  /** ARM id. */
  resource: string;
  /** As in Azure's templates: `tags['costCenter']`, `networkAcls.defaultAction`. */
  field: string;
  asked: string;
  /** Null where there is nothing. */
  found: string | null;
};

/** The fields of a vault or an account that policies are known to modify. An absent field has Azure's default. */
export type Shape = {
  id: string;
  tags: Tags;
  publicNetworkAccess?: string | undefined;
  defaultAction?: string | undefined;
  sku?: string | undefined;
};

/** Of a resource that was here before us and is not ours to shape: it was asked for tags only. */
export const modifiedTags = ({ id, tags }: Shape, device: Device, { requiredTags }: Profile): Modification[] =>
  [
    ...Object.entries(requiredTags).filter(([name, asked]) => tagNamed(tags, name) !== asked),
    ...Object.entries(missingTags(tags, device)),
  ].map(([name, asked]) => ({ resource: id, field: `tags['${name}']`, asked, found: tagNamed(tags, name) ?? null }));

/** @param sku that was asked for */
export const modifications = (shape: Shape, device: Device, profile: Profile, sku: string): Modification[] => {
  const { publicNetworkAccess = 'Enabled', defaultAction = 'Allow' } = profile.network;
  const fields: [field: string, asked: string, found: string | undefined][] = [
    ['publicNetworkAccess', publicNetworkAccess, shape.publicNetworkAccess ?? 'Enabled'],
    ['networkAcls.defaultAction', defaultAction, shape.defaultAction ?? 'Allow'],
    ['sku.name', sku, shape.sku],
  ];
  const changed = fields.flatMap(([field, asked, found = null]) =>
    found?.toLowerCase() === asked.toLowerCase() ? [] : [{ resource: shape.id, field, asked, found }],
  );
  return [...modifiedTags(shape, device, profile), ...changed];
};
