import type { FailureType } from './failures.ts';

/** The result of reading one part of Azure: it exists, it does not exist, or it is not readable. */
export type Sighting<T> = { found: T } | 'absent' | Unseen;

/** Why a part is not readable, as a type of failure and in Azure's words. */
export type Unseen = { unseen: FailureType; why: string };

export const seen = <T>(sighting: Sighting<T>): T | undefined =>
  typeof sighting === 'object' && 'found' in sighting ? sighting.found : undefined;

export const isUnseen = (sighting: Sighting<unknown>): sighting is Unseen =>
  typeof sighting === 'object' && 'unseen' in sighting;
