import { fold } from '../arm/path.ts';
import { refuseData } from './answers.ts';
import type { Secret, SecretVersion } from './secret.ts';
import type { SecretCall } from './secrets.ts';
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

/** The deleted secret that the call names; throws until it can be seen among the deleted. */
export const deletedOne = ({ vault, names, now }: SecretCall): Secret => {
  const [name = ''] = names;
  const secret = findSecret(vault, name, now);
  if (secret?.deletion && secret.deletion.visibleFrom <= now) return secret;
  throw refuseData(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
};

const notFound = (name: string): Error =>
  refuseData(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able ` +
      'to recover it using the correct recovery command. For help resolving this issue, please see ' +
      'https://go.microsoft.com/fwlink/?linkid=2125182',
  );

/** Why the name of a deleted secret cannot be used: two stages, told apart by the inner code (recorded). */
export const beingDeletedOrDeleted = ({ name, deletion }: Secret, now: number): Error =>
  deletion && deletion.visibleFrom > now
    ? refuseData(
        409,
        'Conflict',
        `Secret ${name} is currently being deleted and cannot be re-created; retry later.`,
        'ObjectIsBeingDeleted',
      )
    : refuseData(
        409,
        'Conflict',
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the ` +
          'secret can only be recovered or purged.',
        'ObjectIsDeletedButRecoverable',
      );
