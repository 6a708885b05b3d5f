import { X509Certificate } from 'node:crypto';
import { json, refuse } from '../arm/answers.ts';
import type { Handler } from '../arm/provider.ts';
import { toTheSecond } from '../dates.ts';
import { objectIn, textIn } from '../json.ts';
import { draw } from '../random.ts';
import { deviceOf } from './device.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** A new certificate pair at every call, valid from ten minutes ago for three days (recorded). */
export const generateCertificate: Handler = async (call) => {
  deviceOf(call);
  const { state, certificates, now } = call;
  const expiry = now + 3 * DAY;
  const { certificate, pkcs12 } = await certificates.issue({
    subject: `CB_Portal_${dotNetTicks(now) + BigInt(Math.floor(draw(state) * 10_000))}`,
    notBefore: new Date(now - 10 * MINUTE),
    notAfter: new Date(expiry),
  });
  return json(200, {
    publicKey: certificate,
    privateKey: pkcs12,
    expiryTimeInUTC: toTheSecond(expiry),
  });
};

/** The last certificate uploaded is the only one that still activates (assumed); uploading it again changes nothing. */
export const uploadCertificate: Handler = (call) => {
  const device = deviceOf(call);
  const thumbprint = thumbprintOf(textIn(objectIn(call.body, 'properties'), 'certificate') ?? '');
  device.uploadedThumbprints = [...device.uploadedThumbprints.filter((other) => other !== thumbprint), thumbprint];
  const { resourceKey, location, servicePrincipal } = device;
  return json(200, {
    authType: 'AzureActiveDirectory',
    resourceId: resourceKey,
    aadAuthority: call.endpoints.login,
    aadTenantId: servicePrincipal.tenantId,
    servicePrincipalClientId: servicePrincipal.clientId,
    servicePrincipalObjectId: servicePrincipal.objectId,
    azureManagementEndpointAudience: `https://pod01-edg1.${location}.databoxedge.azure.com/`,
    aadAudience: `https://azuredataboxedge/${location}/${resourceKey}/${resourceKey}`,
  });
};

/** Hundreds of nanoseconds since the year 1. */
const dotNetTicks = (now: number): bigint => (BigInt(Math.floor(now)) + 62_135_596_800_000n) * 10_000n;

/** SHA-1 over the DER, as Azure names certificates: forty capital hexadecimal digits. Code of the refusal assumed. */
export const thumbprintOf = (certificate: string): string => {
  try {
    return new X509Certificate(Buffer.from(certificate, 'base64')).fingerprint.replaceAll(':', '');
  } catch {
    throw refuse(400, 'BadRequest', 'The certificate is not the base64 of a DER-encoded X.509 certificate.');
  }
};
