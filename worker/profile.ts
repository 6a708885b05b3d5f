import { readFileSync } from 'node:fs';
import { ConfigError, type Config } from '../config.ts';
import { plainProfile, readProfile, type Profile } from '../domain/profile.ts';

/** The organisation profile, which asks for nothing where there is none. @throws ConfigError */
export const loadProfile = ({ profilePath }: Pick<Config, 'profilePath'>): Profile => {
  if (profilePath === undefined) return plainProfile;
  try {
    return readProfile(JSON.parse(decoded(readFileSync(profilePath))));
  } catch (error) {
    const why = error instanceof SyntaxError ? `it is not JSON: ${error.message}` : (error as Error).message;
    throw new ConfigError(`ASE_PROFILE (${profilePath}): ${why.replace(/\s+/g, ' ')}`);
  }
};

/** Editors of Windows begin a file with a byte order mark, or write it in UTF-16. */
const decoded = (bytes: Uint8Array): string => {
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return new TextDecoder(isUtf16 ? (first === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8').decode(bytes);
};
