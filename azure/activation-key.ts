import { createHash, randomBytes } from 'node:crypto';

/**
 * The parts of an activation key. No REST call returns one: the portal assembles it in the browser, so do we.
 * Source of fields, order and hash: Microsoft's own SDK and its recorded session.
 */
export type ActivationKeyParts = {
  subscriptionId: string;
  resourceGroup: string;
  deviceName: string;
  location: string;
  /** `privateKey` of generateCertificate: base64 of a PKCS#12. Secret. */
  managementCertificate: string;
  /** The channel integrity key. Secret. */
  serviceDataIntegrityKey: string;
  /** Answer of uploadCertificate. */
  upload: {
    resourceId?: string;
    aadAuthority?: string;
    aadAudience?: string;
    aadTenantId?: string;
    servicePrincipalClientId?: string;
    azureManagementEndpointAudience?: string;
  };
};

/** `<base64 of compact JSON>#<first 16 hex digits of its SHA-512>`; secret as a whole. About 7,000 characters. */
export const assembleActivationKey = (parts: ActivationKeyParts): string => {
  const { upload } = parts;
  const resourceId = present('resourceId', upload.resourceId);
  const fields = {
    subscriptionId: parts.subscriptionId,
    resourceType: 'dataBoxEdgeDevices',
    resourceName: parts.deviceName,
    managementCert: parts.managementCertificate,
    resourceId,
    aadAuthority: present('aadAuthority', upload.aadAuthority),
    aadAudience: upload.aadAudience || `https://azuredataboxedge/${parts.location}/${resourceId}/${resourceId}`,
    aadTenantId: present('aadTenantId', upload.aadTenantId),
    servicePrincipalClientId: present('servicePrincipalClientId', upload.servicePrincipalClientId),
    azureManagementEndpointAudience: present('azureManagementEndpointAudience', upload.azureManagementEndpointAudience),
    providerNamespace: 'Microsoft.DataBoxEdge',
    resourceGroup: parts.resourceGroup,
    serviceDataIntegrityKey: parts.serviceDataIntegrityKey,
    identityProvider: 'AAD',
  };
  const text = Buffer.from(JSON.stringify(fields)).toString('base64');
  return `${text}#${createHash('sha512').update(text).digest('hex').slice(0, 16)}`;
};

/** Returns a text that identifies a key without revealing it. */
export const fingerprintOf = (activationKey: string): string =>
  createHash('sha256').update(activationKey).digest('hex').slice(0, 16);

/** 96 random bytes as 128 characters of base64, the size that the service expects. */
export const newChannelIntegrityKey = (): string => randomBytes(96).toString('base64');

const present = (field: string, value: string | undefined): string => {
  if (!value) throw new Error(`uploadCertificate answered without ${field}`);
  return value;
};
