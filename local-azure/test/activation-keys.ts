/** Makes activation keys as the portal does, apart from the product and from the local Azure's own reader. */
import { createHash } from 'node:crypto';

/** The fields of a key in the portal's order. */
export type KeyFields = {
  subscriptionId: string;
  resourceType: string;
  resourceName: string;
  managementCert: string;
  resourceId: string;
  aadAuthority: string;
  aadAudience: string;
  aadTenantId: string;
  servicePrincipalClientId: string;
  azureManagementEndpointAudience: string;
  providerNamespace: string;
  resourceGroup: string;
  serviceDataIntegrityKey: string;
  identityProvider: string;
};

export const keyOf = (fields: Record<string, unknown>): string => {
  const encoded = Buffer.from(JSON.stringify(fields)).toString('base64');
  return `${encoded}#${createHash('sha512').update(encoded).digest('hex').slice(0, 16)}`;
};

/** As the older SDK writes them. */
export const capitalised = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name.replace(/^./, (c) => c.toUpperCase()), value]),
  );
