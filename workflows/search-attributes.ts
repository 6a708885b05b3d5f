import { defineSearchAttributeKey } from '@temporalio/common';

/** Attributes by which people find operations in Temporal. Plain text by design: names of resources, never of people. */
export const searchAttributes = {
  /** `<subscription>/<group>/<device>`, lower case. */
  device: defineSearchAttributeKey('AseDevice', 'KEYWORD'),
  phase: defineSearchAttributeKey('AsePhase', 'KEYWORD'),
  blockedStep: defineSearchAttributeKey('AseBlockedStep', 'KEYWORD'),
  failure: defineSearchAttributeKey('AseFailure', 'KEYWORD'),
  keyExpiry: defineSearchAttributeKey('AseKeyExpiry', 'DATETIME'),
} as const;

/** `working`, `waiting` for Azure, `consent` is asked for, `blocked` until a cause goes or a person decides, `key-issued`. */
export const phases = ['working', 'waiting', 'consent', 'blocked', 'key-issued'] as const;
export type Phase = (typeof phases)[number];
