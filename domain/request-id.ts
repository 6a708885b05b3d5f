import { shown } from './device.ts';
import { Refusal } from './failures.ts';

/** The name of a request: calls with the same name are one. It is kept in tags and lists, in plain text. @throws Refusal InvalidInput */
export const readRequestId = (value: unknown): string => {
  if (typeof value === 'string' && /^[\x21-\x7e]{1,64}$/.test(value)) return value;
  throw new Refusal(
    'InvalidInput',
    `requestId must be 1 to 64 printable ASCII characters without spaces; got ${shown(value)}`,
  );
};
