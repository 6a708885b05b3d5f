import type { Refusal } from '../arm/answers.ts';
import { assertSameLocation, locationOf } from '../arm/locations.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { own, type JsonObject } from '../json.ts';
import { guid } from '../random.ts';
import { retryAfter } from '../settings.ts';
import { accountType, definition, kindIn, nameProblem, takenText } from './account.ts';
import { answer, emptyText, refused } from './answers.ts';
import { accountBody } from './body.ts';
import { newKeys } from './keys.ts';
import { assertRedundancy, assertSameSku } from './skus.ts';
import type { StorageAccount } from './state.ts';

/** A new account takes its time: 202, an empty text, and an operation to poll (recorded). An existing one answers 200. */
export const createOrUpdate = (call: ArmCall): Response => {
  const { state, target, body } = call;
  const [name = ''] = target.names;
  const problem = nameProblem(name);
  if (problem) throw refused(400, 'AccountNameInvalid', problem);
  const location = locationOf(body, target);
  const account = own(state.storageAccounts, name);
  if (!account) return create(call, name, location);
  if (fold(account.id) !== fold(target.id)) throw refused(409, 'StorageAccountAlreadyTaken', takenText(name));
  assertNotInCreation(call, account);
  assertSameLocation(account, location);
  const defined = definition(body);
  assertSameSku(account.sku, defined.sku);
  Object.assign(account, defined, { kind: changedKind(account, body) });
  return answer(accountBody(call, account));
};

/** The older kinds can become the newest; nothing else changes (documented). Refusal from users' reports. */
const changedKind = ({ kind }: StorageAccount, body: JsonObject): string => {
  const wanted = body['kind'] === undefined ? kind : kindIn(body);
  if (wanted === kind || (wanted === 'StorageV2' && ['Storage', 'BlobStorage'].includes(kind))) return wanted;
  throw refused(
    400,
    'AccountPropertyCannotBeUpdated',
    "The property 'kind' was specified in the input, but it cannot be updated.",
  );
};

const create = (call: ArmCall, name: string, location: string): Response => {
  const { state, now, settings, target, body } = call;
  const { subscriptionId = '', resourceGroup = '' } = target;
  const defined = definition(body);
  const kind = kindIn(body);
  assertRedundancy(defined.sku, kind, location);
  const created: StorageAccount = {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${accountType}/${name}`,
    name,
    subscriptionId,
    group: resourceGroup,
    location,
    ...defined,
    kind,
    createdAt: now,
    readyAt: now + settings.storageAccount,
    keys: newKeys(now),
    operation: guid(state),
  };
  state.storageAccounts[name] = created;
  return pollAgain(call, created, { 'x-ms-request-id': created.operation });
};

/** Polls say 202 with the same headers, then 200 with the account (recorded); 404 once that is deleted (assumed). */
export const showCreation = (call: ArmCall): Response => {
  const { state, now, target } = call;
  const operation = target.names[1] ?? '';
  const account = Object.values(state.storageAccounts).find((candidate) => candidate.operation === operation);
  if (!account) throw refused(404, 'NotFound', `The operation '${operation}' was not found.`);
  return account.readyAt <= now ? answer(accountBody(call, account)) : pollAgain(call, account);
};

const pollAgain = (
  { endpoints, apiVersion, settings }: ArmCall,
  { subscriptionId, location, operation }: StorageAccount,
  headers: Record<string, string> = {},
): Response =>
  emptyText(202, {
    location:
      `${endpoints.arm}/subscriptions/${subscriptionId}/providers/Microsoft.Storage/locations/${location}` +
      `/asyncoperations/${operation}?monitor=true&api-version=${apiVersion}`,
    'retry-after': retryAfter(settings),
    ...headers,
  });

export const assertNotInCreation = ({ now }: ArmCall, { readyAt }: StorageAccount): void => {
  if (readyAt > now) throw operationInProgress();
};

/** From users' reports. */
const operationInProgress = (): Refusal =>
  refused(
    409,
    'StorageAccountOperationInProgress',
    'An operation is currently performing on this storage account that requires exclusive access.',
  );
