import { tagsIn, type JsonObject } from '../json.ts';
import { refuseAtGateway } from './answers.ts';
import { fold } from './path.ts';

export type Tags = Record<string, string>;

/**
 * The tags that a body sends for a resource. Names are equal whatever their case (documented), so of two that differ in
 * case only one is kept: the first name with the last value (assumed).
 */
export const sentTags = (body: JsonObject): Tags => mergedTags({}, tagsIn(body));

/** A name that is there keeps its spelling and gets the new value (the spelling is assumed). */
export const mergedTags = (present: Tags, coming: Tags): Tags => {
  const byName = new Map(Object.entries(present).map(([name, value]) => [fold(name), { name, value }]));
  for (const [name, value] of Object.entries(coming)) {
    byName.set(fold(name), { name: byName.get(fold(name))?.name ?? name, value });
  }
  const tags = Object.fromEntries([...byName.values()].map(({ name, value }) => [name, value]));
  assertTags(tags);
  return tags;
};

/** By names and values, as documented; an empty value stands for any (assumed). */
export const withoutTags = (present: Tags, named: Tags): Tags => {
  const values = new Map(Object.entries(named).map(([name, value]) => [fold(name), value]));
  const stays = ([name, value]: [string, string]): boolean => {
    const wanted = values.get(fold(name));
    return wanted === undefined || (wanted !== '' && wanted !== value);
  };
  return Object.fromEntries(Object.entries(present).filter(stays));
};

const mostTags = 50;
const longestName = 512;
const longestValue = 256;

/** Limits documented. First code and text from users' reports; the others follow a client's own checks; the last is assumed. */
const assertTags = (tags: Tags): void => {
  const entries = Object.entries(tags);
  const reserved = entries.filter(([name]) => !/^(hidden-|link:)/i.test(name) && /[<>%&\\?/\p{Cc}]/u.test(name));
  if (reserved.length > 0) {
    const names = reserved.map(([name]) => name).join(',');
    throw refused(
      'InvalidTagNameCharacters',
      `The tag names '${names}' have reserved characters '<,>,%,&,\\,?,/' or control characters.`,
    );
  }
  const [longName] = entries.find(([name]) => name.length > longestName) ?? [];
  if (longName !== undefined) throw tooLarge('InvalidTagName', 'name', longName, longestName);
  const [, longValue] = entries.find(([, value]) => value.length > longestValue) ?? [];
  if (longValue !== undefined) throw tooLarge('InvalidTagValueLength', 'value', longValue, longestValue);
  if (entries.length > mostTags) {
    throw refused(
      'TooManyTags',
      `A resource can have at most '${mostTags}' tags, and '${entries.length}' were specified.`,
    );
  }
};

const refused = (code: string, message: string): Error => refuseAtGateway(400, code, message);

const tooLarge = (code: string, part: 'name' | 'value', text: string, longest: number): Error =>
  refused(
    code,
    `Tag ${part} too large. Following tag ${part} '${text}' exceeded the maximum length. Maximum allowed length for tag ` +
      `${part} - '${longest}' characters.`,
  );
