import { fold } from '../arm/path.ts';
import { refuseData } from './answers.ts';
import type { Secret, SecretVersion } from './secret.ts';
import type { SecretCall } from './secret-call.ts';
import { findSecret } from './store.ts';

/** The secrets that can be read, in the order in which they were made. */
export const live = ({ vault, now }: SecretCall): Secret[] =>
  Object.keys(vault.secrets)
    .flatMap((name) => findSecret(vault, name, now) ?? [])
    .filter((secret) => !secret.deletion && (secret.readableFrom ?? 0) <= now);

/** The secret that the call names; throws when it cannot be read. */
export const readable = (call: SecretCall): Secret => {
  const [name = ''] = call.names;
  const secret = live(call).find((candidate) => fold(candidate.name) === fold(name));
  if (secret) return secret;
  throw notFound(name);
};

/** The version that the call names, or the latest. */
export const versionOf = ({ names }: SecretCall, secret: Secret): SecretVersion => {
  const [, wanted] = names;
  const version = wanted === undefined ? latest(secret) : secret.versions.find((kept) => kept.version === fold(wanted));
  if (version) return version;
  throw notFound(`${secret.name}/${wanted ?? ''}`);
};

export const latest = ({ versions, name }: Secret): SecretVersion => {
  const version = versions.at(-1);
  if (version) return version;
  throw notFound(name);
};

/** The deleted secrets that can be seen. */
export const deletedOnes = ({ vault, now }: SecretCall): Secret[] =>
  Object.keys(vault.secrets)
    .flatMap((name) => findSecret(vault, name, now) ?? [])
    .filter(({ deletion }) => deletion && deletion.visibleFrom <= now);

/** The deleted secret that the call names; throws until it can be seen. */
export const deletedOne = (call: SecretCall): Secret => {
  const [name = ''] = call.names;
  const secret = deletedOnes(call).find((candidate) => fold(candidate.name) === fold(name));
  if (secret) return secret;
  throw refuseData(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
};

export const notFound = (name: string): Error =>
  refuseData(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able ` +
      'to recover it using the correct recovery command. For help resolving this issue, please see ' +
      'https://go.microsoft.com/fwlink/?linkid=2125182',
  );

/** Deleted, but not yet to be seen among the deleted. */
export const isBeingDeleted = (secret: Secret | undefined, now: number): boolean =>
  secret?.deletion !== undefined && secret.deletion.visibleFrom > now;

/** Text and codes recorded. `what` is `Secret` and its name, or without it for a purge (from users' reports). */
export const beingDeleted = (what: string): Error =>
  refuseData(409, 'Conflict', `${what} is currently being deleted.`, 'ObjectIsBeingDeleted');

/**
 * Throws unless something new can be kept under the name of this secret. Three stages stand in the way, told apart by the
 * inner code (the third from users' reports, the others recorded).
 */
export const assertSettled = ({ name, deletion, readableFrom = 0 }: Secret, now: number): void => {
  if (deletion && deletion.visibleFrom > now) {
    throw conflict(`${name} is currently being deleted and cannot be re-created; retry later.`, 'ObjectIsBeingDeleted');
  }
  if (deletion) {
    throw conflict(
      `${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret ` +
        'can only be recovered or purged.',
      'ObjectIsDeletedButRecoverable',
    );
  }
  if (readableFrom > now) {
    throw conflict(
      `${name} is currently being recovered and cannot be re-created; retry later.`,
      'ObjectIsBeingRecovered',
    );
  }
};

const conflict = (what: string, inner: string): Error => refuseData(409, 'Conflict', `Secret ${what}`, inner);
