import { fold } from '../arm/path.ts';
import { deleteSecret, getDeletedSecret, listDeletedSecrets, purgeSecret, recoverSecret } from './deleted-secrets.ts';
import { backUpSecret, restoreSecret } from './secret-backup.ts';
import type { SecretCall } from './secret-call.ts';
import { getSecret, listSecrets, listVersions, setSecret, updateSecret } from './secrets.ts';

export type SecretRoute = {
  /** Its name in the audit log (documented). */
  operation: `Secret${string}`;
  /** The word of an access policy. */
  permission: 'get' | 'list' | 'set' | 'delete' | 'recover' | 'purge' | 'backup' | 'restore';
  /** The data action of the other permission model. */
  dataAction: string;
  run: (call: SecretCall) => Response;
};

const route = (
  operation: SecretRoute['operation'],
  permission: SecretRoute['permission'],
  verb: string,
  run: SecretRoute['run'],
): SecretRoute => ({ operation, permission, dataAction: `Microsoft.KeyVault/vaults/secrets/${verb}`, run });

/** The first that fits is taken. */
const routes: Readonly<Record<string, SecretRoute>> = {
  'PUT secrets/{}': route('SecretSet', 'set', 'setSecret/action', setSecret),
  'GET secrets/{}': route('SecretGet', 'get', 'getSecret/action', getSecret),
  'GET secrets/{}/versions': route('SecretListVersions', 'list', 'readMetadata/action', listVersions),
  'GET secrets/{}/{}': route('SecretGet', 'get', 'getSecret/action', getSecret),
  'PATCH secrets/{}': route('SecretUpdate', 'set', 'update/action', updateSecret),
  'PATCH secrets/{}/{}': route('SecretUpdate', 'set', 'update/action', updateSecret),
  'DELETE secrets/{}': route('SecretDelete', 'delete', 'delete', deleteSecret),
  'GET secrets': route('SecretList', 'list', 'readMetadata/action', listSecrets),
  'POST secrets/{}/backup': route('SecretBackup', 'backup', 'backup/action', backUpSecret),
  'POST secrets/restore': route('SecretRestore', 'restore', 'restore/action', restoreSecret),
  'GET deletedsecrets': route('SecretListDeleted', 'list', 'readMetadata/action', listDeletedSecrets),
  'GET deletedsecrets/{}': route('SecretGetDeleted', 'get', 'readMetadata/action', getDeletedSecret),
  'POST deletedsecrets/{}/recover': route('SecretRecover', 'recover', 'recover/action', recoverSecret),
  'DELETE deletedsecrets/{}': route('SecretPurge', 'purge', 'purge/action', purgeSecret),
};

const table = Object.entries(routes).map(([key, known]) => {
  const [method = '', path = ''] = key.split(' ');
  return { method, pattern: path.split('/'), route: known };
});

/** The route of a path in any case, with or without a slash at its end (clients send both, recorded). */
export const secretRoute = (method: string, pathname: string): { route: SecretRoute; names: string[] } | undefined => {
  const segments = segmentsOf(pathname);
  const found = table.find((known) => known.method === method && fits(known.pattern, segments));
  return found && { route: found.route, names: segments.filter((_, index) => found.pattern[index] === '{}') };
};

/** A path that is not well encoded names nothing. */
const segmentsOf = (pathname: string): string[] => {
  try {
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return [];
  }
};

const fits = (pattern: string[], segments: string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((word, index) => word === '{}' || word === fold(segments[index] ?? ''));
