import { json } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import { textIn } from '../json.ts';
import { badParameter, refuseData } from './answers.ts';
import { areOfOneGeography } from './geography.ts';
import { seal, unseal } from './sealed.ts';
import { itemBody } from './secret-body.ts';
import type { SecretCall } from './secret-call.ts';
import { assertSettled, latest, readable } from './secret-lookup.ts';
import type { Secret } from './secret.ts';
import { findSecret } from './store.ts';
import type { Vault } from './vault.ts';

/** What a backup holds: all versions, and where it may be restored. */
type Backup = Pick<Vault, 'subscriptionId' | 'location'> & Pick<Secret, 'name' | 'versions'>;

/** Also of a disabled secret (recorded). */
export const backUpSecret = (call: SecretCall): Response => {
  const { subscriptionId, location } = call.vault;
  const { name, versions } = readable(call);
  const backup: Backup = { subscriptionId, location, name, versions };
  return json(200, { value: seal(call.state, JSON.stringify(backup)) });
};

/** Brings all versions back with their ids and times, disabled ones too (recorded). */
export const restoreSecret = (call: SecretCall): Response => {
  const { now, vault } = call;
  const { name, versions } = backupOf(call);
  const held = findSecret(vault, name, now);
  if (held) {
    assertSettled(held, now);
    throw refuseData(409, 'Conflict', `Secret exists already: ${name}`); // Documented as rejected; how is assumed.
  }
  const restored: Secret = { name, versions };
  vault.secrets[fold(name)] = restored;
  return json(200, itemBody(call, name, latest(restored), 'with version'));
};

/** Only within one subscription and geography (documented). Text from users' reports, status and code assumed. */
const backupOf = ({ state, vault, body }: SecretCall): Backup => {
  const text = unseal(state, textIn(body, 'value') ?? '');
  const backup = text === undefined ? undefined : (JSON.parse(text) as Backup);
  if (
    backup &&
    fold(backup.subscriptionId) === fold(vault.subscriptionId) &&
    areOfOneGeography(backup.location, vault.location)
  ) {
    return backup;
  }
  throw badParameter('Cannot decrypt backup blob');
};
