import type { Exchange } from '../arm/provider.ts';
import type { JsonObject } from '../json.ts';
import type { Vault } from './vault.ts';

/** A permitted call on the secrets of a vault. */
export type SecretCall = Exchange & { vault: Vault; names: string[]; body: JsonObject };
