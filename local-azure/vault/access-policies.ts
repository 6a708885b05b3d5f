import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { objectIn, objectsIn, own, textIn, textsIn, type JsonObject } from '../json.ts';
import { badRequest } from './errors.ts';
import { setPolicies, type AccessPolicy, type Vault } from './vault.ts';

/** The words that each kind of object knows, folded. */
const words: Readonly<Record<string, readonly string[]>> = {
  keys: (
    'all encrypt decrypt wrapkey unwrapkey sign verify get list create update import delete backup restore recover ' +
    'purge release rotate getrotationpolicy setrotationpolicy'
  ).split(' '),
  secrets: 'all get list set delete backup restore recover purge'.split(' '),
  certificates: (
    'all get list delete create import update managecontacts getissuers listissuers setissuers deleteissuers ' +
    'manageissuers recover purge backup restore'
  ).split(' '),
  storage:
    'all get list delete set update regeneratekey recover purge backup restore setsas listsas getsas deletesas'.split(
      ' ',
    ),
};

export const guidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The policies of a body for this vault, checked; the error names the place as Azure does (from users' reports). */
export const readPolicies = (call: ArmCall, vault: Vault): AccessPolicy[] => {
  const entries = objectsIn(objectIn(call.body, 'properties'), 'accessPolicies');
  assertCount(entries);
  return entries.map((entry, index) => {
    const place = `accessPolicies[${index}]`;
    const policy = readPolicy(entry, place, vault.tenantId);
    if (isKnown(call, vault, policy.objectId)) return policy;
    throw invalidValue(`${place}.ObjectId`, policy.objectId);
  });
};

/** Documented; code and text assumed. */
const assertCount = ({ length }: { length: number }): void => {
  if (length > 1024) throw badRequest('The number of access policies must not exceed 1024.');
};

/** The entry of a principal that has gone since may stay and be sent back (assumed). */
const isKnown = ({ state, settings }: ArmCall, vault: Vault, objectId: string): boolean =>
  settings.unknownPrincipals === 'accepted' ||
  own(state.principals, fold(objectId)) !== undefined ||
  vault.accessPolicies.some((held) => fold(held.objectId) === fold(objectId));

const readPolicy = (entry: JsonObject, place: string, vaultTenant: string): AccessPolicy => {
  const tenantId = textIn(entry, 'tenantId') ?? '';
  const objectId = textIn(entry, 'objectId') ?? '';
  const applicationId = textIn(entry, 'applicationId');
  if (fold(tenantId) !== fold(vaultTenant)) throw invalidValue(`${place}.TenantId`, tenantId);
  if (!guidForm.test(objectId)) throw invalidValue(`${place}.ObjectId`, objectId);
  return {
    tenantId,
    objectId,
    ...(applicationId === undefined ? {} : { applicationId }),
    permissions: readPermissions(objectIn(entry, 'permissions'), place),
  };
};

const readPermissions = (permissions: JsonObject, place: string): Record<string, string[]> => {
  const read: Record<string, string[]> = {};
  for (const kind of Object.keys(permissions)) {
    const known = own(words, kind);
    if (!known) throw invalidValue(`${place}.Permissions`, kind);
    const unknown = textsIn(permissions, kind).find((word) => !known.includes(fold(word)));
    if (unknown !== undefined) throw invalidValue(`${place}.Permissions.${kind}`, unknown);
    read[kind] = textsIn(permissions, kind);
  }
  return read;
};

const invalidValue = (place: string, value: string): Error => badRequest(`Invalid value found at ${place}: ${value}`);

/**
 * `add` unites with what the principal has, `replace` gives it exactly what is sent, `remove` takes the sent words away;
 * all leave the entries of others untouched. Returns what was sent: the answer holds no more (recorded).
 */
export const changePolicies = (call: ArmCall, vault: Vault, operation: string): AccessPolicy[] => {
  const { now, settings } = call;
  const combine = own(operations, fold(operation));
  if (!combine) throw badRequest(`The access policy update kind '${operation}' is not valid.`);
  const sent = readPolicies(call, vault);
  const changed = sent.reduce((policies, entry) => merged(policies, entry, combine), vault.accessPolicies);
  assertCount(changed);
  setPolicies(vault, changed, now, now + settings.accessPolicyEffect);
  return sent;
};

type Combine = (held: AccessPolicy | undefined, sent: AccessPolicy) => AccessPolicy | undefined;

const operations: Readonly<Record<string, Combine>> = {
  add: (held, sent) => (held ? { ...held, permissions: united(held.permissions, sent.permissions) } : sent),
  replace: (_, sent) => sent,
  remove: (held, sent) => held && lessened(held, sent),
};

const merged = (policies: AccessPolicy[], sent: AccessPolicy, combine: Combine): AccessPolicy[] => {
  const index = policies.findIndex((held) => identityOf(held) === identityOf(sent));
  const result = combine(policies[index], sent);
  if (index < 0) return result ? [...policies, result] : policies;
  return result ? policies.with(index, result) : policies.toSpliced(index, 1);
};

const identityOf = ({ tenantId, objectId, applicationId = '' }: AccessPolicy): string =>
  fold(`${tenantId}/${objectId}/${applicationId}`);

const united = (held: Record<string, string[]>, sent: Record<string, string[]>): Record<string, string[]> => {
  const kinds = new Set([...Object.keys(held), ...Object.keys(sent)]);
  return Object.fromEntries([...kinds].map((kind) => [kind, union(held[kind] ?? [], sent[kind] ?? [])]));
};

const union = (held: string[], sent: string[]): string[] => [
  ...held,
  ...sent.filter((word) => !held.some((known) => fold(known) === fold(word))),
];

/** The entry without the sent words; nothing once no word is left. */
const lessened = (held: AccessPolicy, sent: AccessPolicy): AccessPolicy | undefined => {
  const permissions = Object.fromEntries(
    Object.entries(held.permissions).map(([kind, heldWords]) => [
      kind,
      without(heldWords, sent.permissions[kind] ?? []),
    ]),
  );
  return Object.values(permissions).some((left) => left.length > 0) ? { ...held, permissions } : undefined;
};

const without = (held: string[], sent: string[]): string[] =>
  held.filter((word) => !sent.some((taken) => fold(taken) === fold(word)));
