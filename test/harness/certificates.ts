/** Certificates for tests: a few key pairs, made once on this machine, so that issuing takes milliseconds. */
import { fileURLToPath } from 'node:url';
import { createCertificateSource, type CertificateSource } from '../../local-azure/certificates.ts';
import { keyPairPool, repeatingKeyPairs } from '../../local-azure/key-pairs.ts';

const file = fileURLToPath(new URL('../../.local/test-key-pairs.json', import.meta.url));

export const pooledCertificates = async (): Promise<CertificateSource> =>
  createCertificateSource(repeatingKeyPairs(await keyPairPool(file, 4)));
