import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { hex } from '../random.ts';
import type { State } from '../state.ts';

const cipher = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

/** A text that only this local Azure can read or make. */
export const seal = (state: State, text: string): string => {
  const iv = Buffer.from(hex(state, 2 * ivLength), 'hex');
  const sealing = createCipheriv(cipher, keyOf(state), iv);
  const sealed = Buffer.concat([sealing.update(text, 'utf8'), sealing.final()]);
  return Buffer.concat([iv, sealing.getAuthTag(), sealed]).toString('base64url');
};

/** What was sealed; nothing if it is forged, cut or of another local Azure. */
export const unseal = (state: State, text: string): string | undefined => {
  const bytes = Buffer.from(text, 'base64url');
  const [iv, tag, sealed] = [
    bytes.subarray(0, ivLength),
    bytes.subarray(ivLength, ivLength + tagLength),
    bytes.subarray(ivLength + tagLength),
  ];
  if (tag.length < tagLength) return undefined;
  try {
    const opening = createDecipheriv(cipher, keyOf(state), iv).setAuthTag(tag);
    return Buffer.concat([opening.update(sealed), opening.final()]).toString('utf8');
  } catch {
    return undefined;
  }
};

const keyOf = ({ signingKey }: State): Buffer => createHash('sha256').update(`seal ${signingKey}`).digest();
