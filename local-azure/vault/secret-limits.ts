import { tagsIn, textIn, type JsonObject } from '../json.ts';
import { badParameter } from './answers.ts';

/** Rule documented, text assumed, as below. */
export const assertName = (name: string): void => {
  if (/^[0-9a-zA-Z-]{1,127}$/.test(name)) return;
  throw badParameter(
    'The request URI contains an invalid name: ' +
      `${name}. It must be 1 to 127 characters long and contain only letters, digits and hyphens.`,
  );
};

/** Limits of Azure docs: value 25 kB, content type 255, fifteen tags of 256 characters each way. */
export const assertLimits = (body: JsonObject): void => {
  if (Buffer.byteLength(textIn(body, 'value') ?? '') > 25_600) {
    throw badParameter('The value exceeds the maximum length of 25600 bytes.');
  }
  if ((textIn(body, 'contentType') ?? '').length > 255) {
    throw badParameter('The contentType exceeds the maximum length of 255 characters.');
  }
  const tags = Object.entries(tagsIn(body));
  if (tags.length > 15) throw badParameter('The number of tags exceeds the maximum of 15.');
  if (tags.some(([key, text]) => key.length > 256 || text.length > 256)) {
    throw badParameter('A tag exceeds the maximum length of 256 characters.');
  }
};
