import { randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { generateRsaKeyPair } from '../key-pairs.ts';
import { signCertificate } from '../x509.ts';

/** What a TLS server presents, and the authority that its clients must trust. All PEM. */
export type ServerIdentity = {
  key: string;
  cert: string;
  /** A certificate of another name, for who is to be led astray. */
  otherCert: string;
  ca: string;
};

/** `*.localhost` would be refused: OpenSSL takes no wildcard directly under a top-level domain. */
export const localHosts = [
  'localhost',
  'management.localhost',
  'login.localhost',
  'graph.localhost',
  'vault.localhost',
  '*.vault.localhost',
  '*.blob.localhost',
  'control.localhost',
];

/** The names of public Azure that can be intercepted. */
export const publicHosts = [
  'management.azure.com',
  'login.microsoftonline.com',
  'graph.microsoft.com',
  '*.vault.azure.net',
  '*.blob.core.windows.net',
];

const LIFETIME_DAYS = 30;

/**
 * A certificate authority made for one start and a server certificate signed by it. The authority's key is dropped here,
 * so that nobody can make another certificate that its users would trust.
 */
export const createServerIdentity = async (hosts: readonly string[] = localHosts): Promise<ServerIdentity> => {
  const [authorityKeys, serverKeys] = await Promise.all([generateRsaKeyPair(2048), generateRsaKeyPair(2048)]);
  const authority = unsigned('Local Azure CA', authorityKeys.publicKey);
  authority.setIssuer(authority.subject.attributes);
  authority.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  const issuer = { authority, authorityKey: authorityKeys.privateKey, publicKey: serverKeys.publicKey };
  return {
    key: serverKeys.privateKey,
    cert: serverCertificate(issuer, hosts),
    otherCert: serverCertificate(issuer, ['elsewhere.localhost']),
    ca: pem(signCertificate(authority, authorityKeys.privateKey, 'sha256')),
  };
};

type Issuer = { authority: forge.pki.Certificate; authorityKey: string; publicKey: string };

const serverCertificate = ({ authority, authorityKey, publicKey }: Issuer, hosts: readonly string[]): string => {
  const server = unsigned('Local Azure', publicKey);
  server.setIssuer(authority.subject.attributes);
  server.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: DNS_NAME, value })) },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: authority.generateSubjectKeyIdentifier().getBytes() },
  ]);
  return pem(signCertificate(server, authorityKey, 'sha256'));
};

/** The GeneralName type of RFC 5280. */
const DNS_NAME = 2;

const unsigned = (commonName: string, publicKey: string): forge.pki.Certificate => {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = `2b${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - 3_600_000);
  certificate.validity.notAfter = new Date(Date.now() + LIFETIME_DAYS * 86_400_000);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return certificate;
};

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
