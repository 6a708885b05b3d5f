/** Certificates for tests: a few key pairs, made once on this machine, so that issuing takes milliseconds. */
import { fileURLToPath } from 'node:url';
import { createCertificateSource, type CertificateSource } from '../certificates.ts';
import { keyPairPool, repeatingKeyPairs } from '../key-pairs.ts';

const file = fileURLToPath(new URL('../.local/test-key-pairs-2048.json', import.meta.url));

export const pooledCertificates = async (): Promise<CertificateSource> =>
  createCertificateSource(repeatingKeyPairs(await keyPairPool(file, 4)));

const made = new Map<string, ReturnType<CertificateSource['issue']>>();

/**
 * The same certificates for the same calls of another world: making a PKCS#12 takes longer than all the rest of a run.
 * Within one world each call still gets a certificate of its own.
 */
export const repeatedCertificates = (source: CertificateSource, issuedBefore = 0): CertificateSource => {
  let calls = issuedBefore;
  return {
    issue: (request) => {
      const call = `${(calls += 1)} ${JSON.stringify(request)}`;
      const issued = made.get(call) ?? source.issue(request);
      made.set(call, issued);
      return issued;
    },
  };
};
