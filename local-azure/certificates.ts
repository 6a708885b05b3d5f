import { createHash, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import type { KeyPairSource } from './key-pairs.ts';
import { derOf, signCertificate } from './x509.ts';

export type CertificateOrder = {
  /** The common name, e.g. `CB_Portal_638712345678901234`. */
  subject: string;
  notBefore: Date;
  notAfter: Date;
};

export type IssuedCertificate = {
  /** Base64 of the DER. */
  certificate: string;
  /** Base64 of a PKCS#12 with an empty password: the certificate and its private key. */
  pkcs12: string;
};

export type CertificateSource = { issue(order: CertificateOrder): Promise<IssuedCertificate> };

/**
 * Issues self-signed certificates like those of `generateCertificate` (recorded): X.509 v3 without extensions, RSA with
 * SHA-1, subject and issuer one BMPString. SHA-1 harms nobody here: a signature over oneself carries no trust.
 */
export const createCertificateSource = (keyPairs: KeyPairSource): CertificateSource => ({
  issue: async (order) => {
    const keys = await keyPairs();
    const certificate = unsigned(order, keys.publicKey);
    const der = signCertificate(certificate, keys.privateKey, 'sha1');
    return { certificate: der.toString('base64'), pkcs12: pkcs12Of(certificate, keys.privateKey).toString('base64') };
  },
});

const unsigned = ({ subject, notBefore, notAfter }: CertificateOrder, publicKey: string): forge.pki.Certificate => {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = serialNumberFor(subject);
  certificate.validity.notBefore = notBefore;
  certificate.validity.notAfter = notAfter;
  const name = [{ name: 'commonName', value: bmpString(subject), valueTagClass: BMP_STRING }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  return certificate;
};

/** forge's declarations ask for a tag class where its code takes a universal type. */
const BMP_STRING = forge.asn1.Type.BMPSTRING as unknown as forge.asn1.Class;

const bmpString = (text: string): string => Buffer.from(text, 'utf16le').swap16().toString('latin1');

/** Sixteen bytes whose first bit is clear, as DER wants a positive number. */
const serialNumberFor = (subject: string): string =>
  `2b${createHash('sha256').update(subject).digest('hex').slice(0, 30)}`;

/** One round of key derivation: with an empty password more rounds cost time and protect nothing. */
const pkcs12Of = (certificate: forge.pki.Certificate, privateKey: string): Buffer =>
  derOf(
    forge.pkcs12.toPkcs12Asn1(forge.pki.privateKeyFromPem(privateKey), [certificate], '', {
      algorithm: 'aes256',
      count: 1,
    }),
  );

/** The certificate in a base64 PKCS#12 with an empty password, or undefined when there is none to be read. */
export const certificateInPkcs12 = (pkcs12: string): X509Certificate | undefined => {
  try {
    const archive = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(forge.util.decode64(pkcs12)), '');
    const certBag = forge.pki.oids['certBag'] as string;
    const certificate = archive.getBags({ bagType: certBag })[certBag]?.[0]?.cert;
    return certificate && new X509Certificate(derOf(forge.pki.certificateToAsn1(certificate)));
  } catch {
    return undefined;
  }
};
