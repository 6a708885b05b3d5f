import { empty, json } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import { disabled, refuseData } from './answers.ts';
import { placeOf } from './place.ts';
import { deletedBody, itemBody } from './secret-body.ts';
import type { SecretCall } from './secret-call.ts';
import { listOf } from './secret-list.ts';
import { beingDeleted, deletedOne, deletedOnes, isBeingDeleted, latest, notFound, readable } from './secret-lookup.ts';
import { findSecret } from './store.ts';
import { purgeDate } from './vault.ts';

/** Takes all versions. Eventual: it can be seen among the deleted a while later (recorded). */
export const deleteSecret = (call: SecretCall): Response => {
  const { now, settings, vault, names } = call;
  const [name = ''] = names;
  const secret = findSecret(vault, name, now);
  if (isBeingDeleted(secret, now)) throw beingDeleted(`Secret ${name}`);
  const found = readable(call);
  found.deletion = { at: now, visibleFrom: now + settings.secretDeletion, purgeAt: purgeDate(vault, now) };
  return json(200, deletedBody(call, found));
};

/** One whose newest version is disabled is there, and cannot be read (recorded). */
export const getDeletedSecret = (call: SecretCall): Response => {
  const secret = deletedOne(call);
  if (!latest(secret).attributes.enabled) throw disabled();
  return json(200, deletedBody(call, secret));
};

export const listDeletedSecrets = (call: SecretCall): Response =>
  listOf(
    call,
    deletedOnes(call).map((secret) => ({
      key: fold(secret.name),
      body: deletedBody(call, secret, 'without version'),
    })),
  );

/** Eventual too: it can be read again a while later (recorded). */
export const recoverSecret = (call: SecretCall): Response => {
  const { now, settings, vault, names } = call;
  const [name = ''] = names;
  const found = findSecret(vault, name, now);
  if (found && !found.deletion) {
    throw refuseData(400, 'MethodNotAllowed', `Secret exists already: ${name}`, 'RequestNotAllowedOnNonDeletedObject');
  }
  if (isBeingDeleted(found, now)) throw beingDeleted(`Secret ${name}`);
  if (!found) throw notFound(name); // As by a read, and not as among the deleted (recorded).
  const secret = deletedOne(call);
  delete secret.deletion;
  secret.readableFrom = now + settings.secretRecovery;
  return json(200, itemBody(call, secret.name, latest(secret), 'with version'));
};

/** At once and for good; its name is free (assumed). Texts from users' reports. */
export const purgeSecret = (call: SecretCall): Response => {
  const { now, vault, names } = call;
  const [name = ''] = names;
  if (isBeingDeleted(findSecret(vault, name, now), now)) throw beingDeleted('Secret');
  const secret = deletedOne(call);
  if (vault.enablePurgeProtection) {
    throw refuseData(
      403,
      'Forbidden',
      'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will ' +
        `automatically purge it after the retention period has passed.\r\n${placeOf(vault)}`,
    );
  }
  delete vault.secrets[fold(secret.name)];
  return empty(204);
};
