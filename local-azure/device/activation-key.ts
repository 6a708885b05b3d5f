import { createHash } from 'node:crypto';
import { DeviceRefusal } from './refusal.ts';

const FIELDS = [
  'subscriptionId',
  'resourceType',
  'resourceName',
  'managementCert',
  'resourceId',
  'aadAuthority',
  'aadAudience',
  'aadTenantId',
  'servicePrincipalClientId',
  'azureManagementEndpointAudience',
  'providerNamespace',
  'resourceGroup',
  'serviceDataIntegrityKey',
  'identityProvider',
] as const;

export type ActivationKey = Record<(typeof FIELDS)[number], string>;

/**
 * Reads `B64#H`: B64 the base64 of compact JSON, H the first sixteen hex characters of SHA-512 over B64 itself. Field
 * names start with a small letter in keys of the portal and with a capital in those of the SDK; both are read.
 */
export const readActivationKey = (text: string): ActivationKey => {
  const [, encoded, hash] = /^([A-Za-z0-9+/]+={0,2})#([0-9a-f]{16})$/.exec(text.trim()) ?? [];
  if (encoded === undefined || hash === undefined) {
    throw new DeviceRefusal(
      'KeyMalformed',
      'This is not an activation key: expected base64, "#" and sixteen hex characters.',
    );
  }
  if (hash !== hashOf(encoded)) {
    throw new DeviceRefusal(
      'KeyHashMismatch',
      'The activation key was changed or cut: its check characters do not fit.',
    );
  }
  const fields = parseObject(Buffer.from(encoded, 'base64').toString('utf8'));
  return Object.fromEntries(FIELDS.map((name) => [name, fieldOf(fields, name)])) as ActivationKey;
};

const hashOf = (encoded: string): string => createHash('sha512').update(encoded).digest('hex').slice(0, 16);

const parseObject = (json: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // refused below, like any other content that is not an object
  }
  throw new DeviceRefusal('KeyIncomplete', 'The activation key does not contain a JSON object.');
};

const fieldOf = (fields: Record<string, unknown>, name: string): string => {
  const value = fields[name] ?? fields[name.charAt(0).toUpperCase() + name.slice(1)];
  if (typeof value === 'string' && value !== '') return value;
  throw new DeviceRefusal('KeyIncomplete', `The activation key has no field "${name}".`);
};
