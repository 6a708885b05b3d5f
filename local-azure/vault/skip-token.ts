import { isObject, parseJson, textIn } from '../json.ts';

/**
 * Where the next page of a list of secrets begins, in the form of the recorded tokens: JSON around a marker of the tables
 * that Key Vault keeps its secrets in. `place` is a name, or a name and a version with a slash between.
 */
export const skipTokenFor = (place: string): string => {
  const path = `secret/${place.toUpperCase()}`;
  const row = Buffer.from(`${String(path.length).padStart(6, '0')}!${path}${endOfRow}`).toString('base64');
  const marker = row.replaceAll('=', '-');
  return Buffer.from(JSON.stringify({ NextMarker: `2!${marker.length}!${marker}`, TargetLocation: 0 })).toString(
    'base64url',
  );
};

/** The place in lower case; nothing for a text that is no token. */
export const placeIn = (token: string): string | undefined => {
  const content = parseJson(Buffer.from(token, 'base64url').toString('utf8'));
  const marker = isObject(content) ? textIn(content, 'NextMarker') : undefined;
  const row = Buffer.from(marker?.split('!')[2]?.replaceAll('-', '=') ?? '', 'base64').toString('utf8');
  return /^\d{6}!secret\/([0-9a-z-]+(?:\/[0-9a-z]+)?)!/i.exec(row)?.[1]?.toLowerCase();
};

const endOfRow = '!000028!9999-12-31T23:59:59.9999999Z!';
