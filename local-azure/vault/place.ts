import type { Vault } from './vault.ts';

/** The last line of most refusals of the data plane. */
export const placeOf = ({ name, location }: Vault): string => `Vault: ${name};location=${location}`;
