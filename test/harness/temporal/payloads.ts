import { defaultFailureConverter, defaultPayloadConverter as converter, type Payload } from '@temporalio/common';
import type { Failure } from './internals.ts';

type Payloads = readonly Payload[] | null | undefined;

export const encode = (value: unknown): Payload => converter.toPayload(value);
export const encodeAll = (values: readonly unknown[]): Payload[] => values.map(encode);
/** An absent payload is how a missing result travels. */
export const decode = (payload: Payload | null | undefined): unknown =>
  payload ? converter.fromPayload<unknown>(payload) : undefined;
export const decodeAll = (payloads: Payloads): unknown[] => (payloads ?? []).map(decode);

export const toError = (failure: Failure): Error => defaultFailureConverter.failureToError(failure, converter);
export const toFailure = (error: unknown): Failure => defaultFailureConverter.errorToFailure(error, converter);

/** The same structure with every payload in it replaced by the value it carries: what a reader of a history sees. */
export function readable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(readable);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (isPayload(value)) return decode(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}

const isPayload = (value: object): value is Payload =>
  'metadata' in value && typeof value.metadata === 'object' && value.metadata !== null && 'encoding' in value.metadata;
