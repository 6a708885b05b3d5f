import { createPrivateKey } from 'node:crypto';
import forge from 'node-forge';

/** The private key in a base64 PKCS#12 with an empty password, as PKCS#8. */
export const privateKeyIn = (pkcs12: string): { pem: string; der: Buffer } => {
  const archive = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(forge.util.decode64(pkcs12)), '');
  const bagType = forge.pki.oids['pkcs8ShroudedKeyBag'] as string;
  const key = archive.getBags({ bagType })[bagType]?.[0]?.key;
  if (!key) throw new Error('there is no private key in it');
  const privateKey = createPrivateKey(forge.pki.privateKeyToPem(key));
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    der: privateKey.export({ type: 'pkcs8', format: 'der' }),
  };
};
