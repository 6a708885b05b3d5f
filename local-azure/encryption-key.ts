import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto';

/**
 * The `encryptionKey` of a device's extended information: a certificate that clients encrypt passwords to, itself
 * encrypted under the channel integrity key. Layout, salt and rounds as Microsoft's own SDK reads them: int32le length
 * of the IV, IV, AES-256-CBC of the certificate's base64 under PBKDF2-HMAC-SHA1 of the key's text.
 */
export const sealEncryptionKey = (certificate: string, channelIntegrityKey: string, iv: Buffer): string => {
  const cipher = createCipheriv('aes-256-cbc', deriveKey(channelIntegrityKey), iv);
  const length = Buffer.alloc(4);
  length.writeInt32LE(iv.length);
  return Buffer.concat([length, iv, cipher.update(certificate, 'utf8'), cipher.final()]).toString('base64');
};

/** The certificate inside, or undefined when this is not the key that it was sealed under. */
export const openEncryptionKey = (encryptionKey: string, channelIntegrityKey: string): string | undefined => {
  const sealed = Buffer.from(encryptionKey, 'base64');
  try {
    const ivEnd = 4 + sealed.readInt32LE();
    const decipher = createDecipheriv('aes-256-cbc', deriveKey(channelIntegrityKey), sealed.subarray(4, ivEnd));
    const text = Buffer.concat([decipher.update(sealed.subarray(ivEnd)), decipher.final()]).toString('utf8');
    return BASE64.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
};

/** A wrong key sometimes leaves a valid padding behind; what it leaves before it is never base64. */
const BASE64 = /^[A-Za-z0-9+/]{16,}={0,2}$/;

const deriveKey = (channelIntegrityKey: string): Buffer =>
  pbkdf2Sync(channelIntegrityKey, 'o6806642kbM7c5', 1000, 32, 'sha1');
