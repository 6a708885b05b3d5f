import { objectIn, type JsonObject } from '../json.ts';
import type { Secret, SecretAttributes, SecretVersion } from './secret.ts';
import type { SecretCall } from './secret-call.ts';
import { retentionDays, type Vault } from './vault.ts';

/** The attributes that a caller may set: enabled, nbf and exp. */
export const attributesIn = (body: JsonObject): Partial<SecretAttributes> => {
  const { enabled, nbf, exp } = objectIn(body, 'attributes');
  return {
    ...(typeof enabled === 'boolean' ? { enabled } : {}),
    ...(typeof nbf === 'number' ? { nbf } : {}),
    ...(typeof exp === 'number' ? { exp } : {}),
  };
};

/** A secret with its value. */
export const secretBody = (call: SecretCall, name: string, version: SecretVersion): object => ({
  value: version.value,
  ...itemBody(call, name, version, 'with version'),
});

/** A secret without its value: lists of secrets name no version (recorded). */
export const itemBody = (
  call: SecretCall,
  name: string,
  { version, contentType, tags, attributes }: SecretVersion,
  id: 'with version' | 'without version' = 'without version',
): object => ({
  ...(contentType === undefined ? {} : { contentType }),
  id: `${baseOf(call)}/secrets/${name}${id === 'with version' ? `/${version}` : ''}`,
  attributes: { ...attributes, ...recoveryOf(call.vault) },
  ...(tags === undefined ? {} : { tags }),
});

export const deletedBody = (
  call: SecretCall,
  { name, versions, deletion }: Secret,
  id: 'with version' | 'without version' = 'with version',
): object => ({
  recoveryId: `${baseOf(call)}/deletedsecrets/${name}`,
  deletedDate: Math.floor((deletion?.at ?? 0) / 1000),
  scheduledPurgeDate: Math.floor((deletion?.purgeAt ?? 0) / 1000),
  ...versions.slice(-1).map((version) => itemBody(call, name, version, id))[0],
});

const baseOf = ({ endpoints, vault }: SecretCall): string => endpoints.vaultUri(vault.name).slice(0, -1);

/** How deleted secrets of this vault come back (recorded). */
const recoveryOf = (vault: Vault): { recoveryLevel: string; recoverableDays: number } => {
  const days = retentionDays(vault);
  const level = days < 90 ? 'CustomizedRecoverable' : 'Recoverable';
  return { recoveryLevel: vault.enablePurgeProtection ? level : `${level}+Purgeable`, recoverableDays: days };
};
