import type { FailureType } from './failures.ts';

/** What a look at one part of Azure came to: it is there, it is not there, or it could not be looked at. */
export type Sighting<T> = { found: T } | 'absent' | Unseen;

/** Why a part could not be looked at, in the words of the table of failures and of Azure. */
export type Unseen = { unseen: FailureType; why: string };

export const seen = <T>(sighting: Sighting<T>): T | undefined =>
  typeof sighting === 'object' && 'found' in sighting ? sighting.found : undefined;

export const isUnseen = (sighting: Sighting<unknown>): sighting is Unseen =>
  typeof sighting === 'object' && 'unseen' in sighting;
