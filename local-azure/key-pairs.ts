import { generateKeyPair } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** An RSA key pair as PEM: SPKI and PKCS#8. */
export type KeyPair = { publicKey: string; privateKey: string };

/** Where RSA keys come from. Making one takes a tenth of a second or more and cannot be seeded, so it is injected. */
export type KeyPairSource = () => Promise<KeyPair>;

export const generateRsaKeyPair = (modulusLength: 2048 | 3072): Promise<KeyPair> =>
  promisify(generateKeyPair)('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });

/** A new pair at every call, of the size that Data Box Edge makes (3072 bits, recorded). */
export const freshKeyPairs: KeyPairSource = () => generateRsaKeyPair(3072);

/** Hands out the pairs of a fixed pool in turn, for tests: fast, and no secret. */
export const repeatingKeyPairs = (pool: readonly KeyPair[]): KeyPairSource => {
  let next = 0;
  return () => {
    const pair = pool[next++ % pool.length];
    return pair ? Promise.resolve(pair) : Promise.reject(new Error('The pool of key pairs is empty.'));
  };
};

/**
 * The pool kept in `file`, made on first use, of 2048 bits: they sign three times as fast. Two processes may make it at once:
 * each file is whole, the last stays.
 */
export const keyPairPool = async (file: string, size: number): Promise<readonly KeyPair[]> => {
  const kept = await readPool(file);
  if (kept.length >= size) return kept.slice(0, size);
  const pool = await Promise.all(Array.from({ length: size }, () => generateRsaKeyPair(2048)));
  await mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(pool), { mode: 0o600 });
  await rename(draft, file);
  return pool;
};

const readPool = async (file: string): Promise<KeyPair[]> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as KeyPair[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
