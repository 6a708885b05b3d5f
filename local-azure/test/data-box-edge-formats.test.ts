import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { certificateInPkcs12, createCertificateSource } from '../certificates.ts';
import { openEncryptionKey, sealEncryptionKey } from '../encryption-key.ts';
import { freshKeyPairs } from '../key-pairs.ts';
import { pooledCertificates } from './certificates.ts';
import { openWithWebCrypto } from './open-encryption-key.ts';

const pooled = await pooledCertificates();
const issue = (certificates = pooled) =>
  certificates.issue({
    subject: 'CB_Portal_637666067821838367',
    notBefore: new Date('2021-09-07T10:09:42Z'),
    notAfter: new Date('2021-09-10T10:19:42Z'),
  });

test('a certificate is self-signed, of 3072 bits, with the requested name and period', async () => {
  const issued = await issue(createCertificateSource(freshKeyPairs));
  const certificate = new X509Certificate(Buffer.from(issued.certificate, 'base64'));
  assert.equal(certificate.verify(certificate.publicKey), true);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 3072);
  assert.equal(certificate.subject, certificate.issuer);
  assert.equal(certificate.subject.replaceAll('\\00', ''), 'CN=CB_Portal_637666067821838367');
  assert.equal(certificate.validFromDate.toISOString(), '2021-09-07T10:09:42.000Z');
  assert.equal(certificate.validToDate.toISOString(), '2021-09-10T10:19:42.000Z');
});

test('its PKCS#12 opens with an empty password and holds the same certificate', async () => {
  const { certificate, pkcs12 } = await issue();
  assert.equal(certificateInPkcs12(pkcs12)?.raw.toString('base64'), certificate);
});

test('OpenSSL reads the PKCS#12 and finds the private key of the certificate', async () => {
  const { certificate, pkcs12 } = await issue();
  const folder = await mkdtemp(path.join(tmpdir(), 'pkcs12-'));
  try {
    const file = path.join(folder, 'key.p12');
    await writeFile(file, Buffer.from(pkcs12, 'base64'));
    const pem = execFileSync('openssl', ['pkcs12', '-in', file, '-passin', 'pass:', '-nodes', '-nocerts'], {
      encoding: 'utf8',
    });
    const privateKey = createPrivateKey(pem.slice(pem.indexOf('-----BEGIN')));
    assert.equal(new X509Certificate(Buffer.from(certificate, 'base64')).checkPrivateKey(privateKey), true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('bytes that are not a PKCS#12 contain no certificate', () => {
  assert.equal(certificateInPkcs12(Buffer.from('nonsense').toString('base64')), undefined);
});

test('an independent implementation decrypts an encryption key with its channel integrity key', async () => {
  const { certificate } = await issue();
  const sealed = sealEncryptionKey(certificate, 'the key', Buffer.alloc(16, 7));
  assert.equal(await openWithWebCrypto(sealed, 'the key'), certificate);
});

test('an encryption key cannot be decrypted with another channel integrity key', async () => {
  const sealed = sealEncryptionKey((await issue()).certificate, 'the key', Buffer.alloc(16, 7));
  assert.equal(openEncryptionKey(sealed, 'the other key'), undefined);
});
