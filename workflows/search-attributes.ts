import { defineSearchAttributeKey } from '@temporalio/common';

/** Written out: the SDK does not export the type of a key, and the path that the compiler finds for it is none of an ES module (SDK 1.24.0). */
type Key<T extends 'KEYWORD' | 'DATETIME'> = { name: string; type: T };
const keyword = (name: string): Key<'KEYWORD'> => defineSearchAttributeKey(name, 'KEYWORD');
const datetime = (name: string): Key<'DATETIME'> => defineSearchAttributeKey(name, 'DATETIME');

/** Attributes by which people find operations in Temporal. Plain text by design: names of resources, never of people. */
export const searchAttributes = {
  /** `<subscription>/<group>/<device>`, lower case. */
  device: keyword('AseDevice'),
  phase: keyword('AsePhase'),
  blockedStep: keyword('AseBlockedStep'),
  failure: keyword('AseFailure'),
  keyExpiry: datetime('AseKeyExpiry'),
} as const;

/** `working`, `waiting` for Azure, `consent` is asked for, `blocked` until a cause goes or a person decides, `key-issued`. */
export const phases = ['working', 'waiting', 'consent', 'blocked', 'key-issued'] as const;
export type Phase = (typeof phases)[number];
