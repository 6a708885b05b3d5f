/** Opens an `encryptionKey` with Web Crypto, from the description of its format: a second implementation for tests. */
export const openWithWebCrypto = async (encryptionKey: string, channelIntegrityKey: string): Promise<string> => {
  const bytes = new Uint8Array(Buffer.from(encryptionKey, 'base64'));
  const ivLength = new DataView(bytes.buffer).getInt32(0, true);
  const password = new TextEncoder().encode(channelIntegrityKey);
  const material = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveKey']);
  const key = await crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-1', salt: new TextEncoder().encode('o6806642kbM7c5'), iterations: 1000 },
    material,
    { name: 'AES-CBC', length: 256 },
    false,
    ['decrypt'],
  );
  const iv = bytes.subarray(4, 4 + ivLength);
  const opened = await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, key, bytes.subarray(4 + ivLength));
  return new TextDecoder().decode(opened);
};
