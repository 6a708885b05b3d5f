import { sign } from 'node:crypto';
import forge from 'node-forge';

declare module 'node-forge' {
  namespace pki {
    function getTBSCertificate(certificate: Certificate): asn1.Asn1;
  }
}

/**
 * Signs a certificate with RSA and returns its DER. The signature is made by OpenSSL: forge's own arithmetic needs a
 * hundred milliseconds for a key of 3072 bits.
 */
export const signCertificate = (
  certificate: forge.pki.Certificate,
  signerKeyPem: string,
  digest: 'sha1' | 'sha256',
): Buffer => {
  const algorithm = forge.pki.oids[`${digest}WithRSAEncryption`] as string;
  certificate.signatureOid = algorithm;
  certificate.siginfo.algorithmOid = algorithm;
  const toBeSigned = derOf(forge.pki.getTBSCertificate(certificate));
  certificate.signature = sign(digest, toBeSigned, signerKeyPem).toString('latin1');
  return derOf(forge.pki.certificateToAsn1(certificate));
};

export const derOf = (node: forge.asn1.Asn1): Buffer => Buffer.from(forge.asn1.toDer(node).getBytes(), 'latin1');
