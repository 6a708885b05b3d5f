/** Which secrets a vault held before a recorded exchange, and which of them were deleted. */
import { fold } from '../../arm/path.ts';
import { isObject, textIn, type JsonObject } from '../../json.ts';
import type { Destination } from './destination.ts';
import { bodyOf, errorOf, hasSucceeded, type Exchange } from './exchange.ts';
import type { Presupposition } from './presupposition.ts';
import { backupSent } from './sent.ts';
import { entriesOf } from './views.ts';

type InVault = Extract<Destination, { to: 'vault' }>;

export const secretsPresupposed = (exchange: Exchange, destination: InVault, session: Exchange[]): Presupposition[] => {
  const { vaultName, segments } = destination;
  const [, name = '', rest = ''] = segments;
  if (exchange.status === 401 || exchange.status === 404) return [];
  if (fold(name) === 'restore') return backups(exchange, vaultName, session);
  if (name === '' || fold(rest) === 'versions') {
    const is = inDeleted(segments) ? 'deleted secret' : 'secret';
    return listed(exchange).map((view) => ({ is, vaultName, name: nameIn(view), view }));
  }
  const is = stateBefore(exchange, segments);
  return is === undefined ? [] : [{ is, vaultName, name, view: viewOf(exchange, segments) }];
};

const inDeleted = ([collection = '']: string[]): boolean => fold(collection) === 'deletedsecrets';

const listed = (exchange: Exchange): JsonObject[] =>
  hasSucceeded(exchange) ? entriesOf(bodyOf(exchange)).filter((view) => nameIn(view) !== '') : [];

/** The id of a version has it in the same place. */
const nameIn = (view: JsonObject): string => textIn(view, 'id')?.split('/')[4] ?? '';

type SecretState = 'secret' | 'deleted secret' | 'secret being deleted';

/** Nothing where the secret need not have been there, or nobody can say whether it was. */
const stateBefore = (exchange: Exchange, segments: string[]): SecretState | undefined => {
  switch (errorOf(exchange.body).inner) {
    case 'ObjectIsBeingDeleted':
      return 'secret being deleted';
    case 'ObjectIsDeletedButRecoverable':
      return 'deleted secret';
    case 'RequestNotAllowedOnNonDeletedObject':
      return 'secret';
    case 'SecretDisabled':
      break;
    default:
      if (!hasSucceeded(exchange) || exchange.method === 'PUT') return undefined;
  }
  return inDeleted(segments) ? 'deleted secret' : 'secret';
};

/** As the answer shows it: that to a deletion or a recovery too. The version that was asked for is there. */
const viewOf = (exchange: Exchange, segments: string[]): JsonObject => {
  const { id, attributes, contentType, tags, value } = bodyOf(exchange);
  const [, , version = ''] = segments;
  const isDisabled = errorOf(exchange.body).inner === 'SecretDisabled';
  return {
    ...(/^[0-9a-f]{32}$/i.test(version) ? { id: `https://vault/${segments.join('/')}` } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof value === 'string' && fold(version) !== 'backup' ? { value } : {}),
    ...(typeof contentType === 'string' ? { contentType } : {}),
    ...(isObject(tags) ? { tags } : {}),
    ...(isObject(attributes) ? { attributes } : {}),
    ...(isDisabled ? { attributes: { enabled: false } } : {}),
  };
};

/** A backup that the session did not take itself. */
const backups = (exchange: Exchange, vaultName: string, session: Exchange[]): Presupposition[] => {
  const view = bodyOf(exchange);
  if (!hasSucceeded(exchange) || nameIn(view) === '') return [];
  return [{ is: 'backup', vaultName, name: nameIn(view), view, value: backupSent(exchange, session) }];
};
