/** Which vaults lay deleted, and which names were taken, before a recorded exchange. */
import { fold, parseArmPath, type ArmTarget } from '../../arm/path.ts';
import { objectIn, textIn, type JsonObject } from '../../json.ts';
import { partsOf } from './destination.ts';
import { bodyOf, errorOf, hasSucceeded, requestOf, type Exchange } from './exchange.ts';
import { resourcesAt } from './presupposed-resources.ts';
import type { Presupposition } from './presupposition.ts';
import { lineageOf, nameOf, typeOf } from './resources.ts';
import { askedName } from './sent.ts';
import { entriesOf, subscriptionsIn, textsWithin, viewOf } from './views.ts';

export const deletedVaults = (exchange: Exchange, target: ArmTarget, session: Exchange[]): Presupposition[] => {
  if (target.pattern.includes('deletedvaults')) return hasSucceeded(exchange) ? shown(exchange, target, session) : [];
  if (exchange.method !== 'PUT' || !meetsDeletedOne(exchange)) return [];
  const view = viewOf(target.id, session) ?? { location: requestOf(exchange)?.['location'] ?? null };
  return [{ is: 'deleted vault', id: target.id, view }];
};

/** By what the answer shows; one that it does not show, by what the session does. */
const shown = (
  exchange: Exchange,
  { names, subscriptionId = '' }: ArmTarget,
  session: Exchange[],
): Presupposition[] => {
  const [location = '', name = ''] = names;
  const told = entriesOf(bodyOf(exchange)).flatMap((view) => vaultOf(view, session));
  if (told.length > 0 || name === '') return told;
  const id = idOfVault(name, session) ?? idInOwnGroup(subscriptionId, name);
  return [{ is: 'deleted vault', id, view: { ...viewOf(id, session), location } }];
};

const vaultOf = (view: JsonObject, session: Exchange[]): Presupposition[] => {
  const { vaultId, location = null, tags = null } = objectIn(view, 'properties');
  if (typeof vaultId !== 'string') return [];
  return [{ is: 'deleted vault', id: vaultId, view: { ...viewOf(vaultId, session), location, tags } }];
};

const meetsDeletedOne = (exchange: Exchange): boolean => {
  const { code, message } = errorOf(exchange.body);
  const createMode = textIn(objectIn(requestOf(exchange) ?? {}, 'properties'), 'createMode');
  return (createMode === 'recover' && hasSucceeded(exchange)) || (code === 'ConflictError' && /deleted/i.test(message));
};

export const takenNames = (exchange: Exchange, target: ArmTarget): Presupposition[] => {
  const { nameAvailable, reason } = bodyOf(exchange);
  const type = target.namespace === 'microsoft.storage' ? 'account' : 'vault';
  if (nameAvailable === false && reason === 'AlreadyExists') {
    return [{ is: 'taken name', type, name: textIn(askedName(exchange, target.namespace), 'name') ?? '' }];
  }
  const isTaken = /^(VaultAlreadyExists|StorageAccountAlreadyTaken)$/.test(errorOf(exchange.body).code);
  return isTaken ? [{ is: 'taken name', type, name: target.names[0] ?? '' }] : [];
};

/** The vault behind a host name; its secrets show how long it keeps what is deleted, and whether it can be purged. */
export const vaultBehind = (name: string, session: Exchange[]): Presupposition[] => {
  const id = vaultIdOf(name, session);
  return resourcesAt(id, session).map((presupposed) =>
    presupposed.is === 'resource' && presupposed.id === id
      ? { ...presupposed, view: withRetention(presupposed.view, name, session) }
      : presupposed,
  );
};

const withRetention = (view: JsonObject, name: string, session: Exchange[]): JsonObject => {
  const shown = session
    .filter(({ url }) => fold(partsOf(url).host).startsWith(`${fold(name)}.vault.`))
    .flatMap((exchange) => entriesOf(bodyOf(exchange)))
    .map((entry) => objectIn(entry, 'attributes'))
    .find(({ recoverableDays, recoveryLevel }) => recoverableDays !== undefined && recoveryLevel !== undefined);
  if (!shown) return view;
  const isPurgeable = textIn(shown, 'recoveryLevel')?.includes('Purgeable') ?? true;
  const properties = {
    softDeleteRetentionInDays: shown['recoverableDays'] ?? null,
    ...(isPurgeable ? {} : { enablePurgeProtection: true }),
    ...objectIn(view, 'properties'),
  };
  return { ...view, properties };
};

/** Where a vault lies of which a request shows its host name alone. */
const vaultIdOf = (name: string, session: Exchange[]): string =>
  idOfVault(name, session) ?? idInOwnGroup(subscriptionsIn(session)[0], name);

const idInOwnGroup = (subscriptionId: string, name: string): string =>
  `/subscriptions/${subscriptionId}/resourceGroups/presupposed/providers/Microsoft.KeyVault/vaults/${name}`;

const idOfVault = (name: string, session: Exchange[]): string | undefined =>
  session
    .flatMap(({ url, req, body }) => [
      parseArmPath(partsOf(url).path)?.id ?? '',
      ...textsWithin(requestOf({ req })),
      ...textsWithin(body),
    ])
    .filter((text) => fold(text).includes(`/vaults/${fold(name)}`))
    .flatMap(lineageOf)
    .find((id) => typeOf(id) === 'microsoft.keyvault/vaults' && fold(nameOf(id)) === fold(name));
