import { empty, json, refuse, resourceNotFound } from './arm/answers.ts';
import { assertSameLocation, locationOf } from './arm/locations.ts';
import { page } from './arm/paging.ts';
import { fold } from './arm/path.ts';
import type { ArmCall, Provider } from './arm/provider.ts';
import { objectIn, tagsIn, textIn } from './json.ts';
import { guid } from './random.ts';
import { retryAfter } from './settings.ts';
import {
  accountBody,
  accountType,
  definition,
  nameProblem,
  skuOf,
  takenText,
  type StorageAccount,
} from './storage-accounts/account.ts';
import { throttleStorage } from './throttling/storage-budget.ts';

/** A new account takes its time: 202, an empty text, and an operation to poll (recorded). An existing one answers 200. */
const createOrUpdate = (call: ArmCall): Response => {
  const { state, now, settings, target, body } = call;
  const [name = ''] = target.names;
  const problem = nameProblem(name);
  if (problem) throw refuse(400, 'AccountNameInvalid', problem);
  const location = locationOf(body, target);
  const account = state.storageAccounts[name];
  if (account && fold(account.id) !== fold(target.id)) throw refuse(409, 'StorageAccountAlreadyTaken', takenText(name));
  if (account) {
    if (account.readyAt > now) throw operationInProgress();
    assertSameLocation(account, location);
    Object.assign(account, definition(body), { sku: skuOf(body) });
    return json(200, accountBody(call, account));
  }
  const { subscriptionId = '', resourceGroup = '' } = target;
  const created: StorageAccount = {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${accountType}/${name}`,
    name,
    subscriptionId,
    group: resourceGroup,
    location,
    ...definition(body),
    sku: skuOf(body),
    kind: textIn(body, 'kind') ?? 'StorageV2',
    createdAt: now,
    readyAt: now + settings.storageAccount,
    operation: guid(state),
  };
  state.storageAccounts[name] = created;
  return pollAgain(call, created, { 'x-ms-request-id': created.operation });
};

const update = (call: ArmCall): Response => {
  const account = existing(call);
  if ('tags' in call.body) account.tags = tagsIn(call.body);
  account.properties = { ...account.properties, ...objectIn(call.body, 'properties') };
  return json(200, accountBody(call, account));
};

const showOperation = (call: ArmCall): Response => {
  const { state, now, target } = call;
  const operation = target.names[1] ?? '';
  const account = Object.values(state.storageAccounts).find((candidate) => candidate.operation === operation);
  if (!account) throw refuse(404, 'NotFound', `The operation '${operation}' was not found.`);
  return account.readyAt <= now ? json(200, accountBody(call, account)) : pollAgain(call, account);
};

const pollAgain = (
  { endpoints, apiVersion, settings }: ArmCall,
  { subscriptionId, location, operation }: StorageAccount,
  headers: Record<string, string> = {},
): Response =>
  new Response('', {
    status: 202,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      location:
        `${endpoints.arm}/subscriptions/${subscriptionId}/providers/Microsoft.Storage/locations/${location}` +
        `/asyncoperations/${operation}?monitor=true&api-version=${apiVersion}`,
      'retry-after': retryAfter(settings),
      ...headers,
    },
  });

const show = (call: ArmCall): Response => json(200, accountBody(call, existing(call)));

const list = (call: ArmCall): Response => {
  const { target } = call;
  const accounts = ready(call).filter(
    ({ subscriptionId, group }) =>
      fold(subscriptionId) === fold(target.subscriptionId ?? '') &&
      (target.resourceGroup === undefined || fold(group) === fold(target.resourceGroup)),
  );
  return page(
    call,
    accounts.map((account) => accountBody(call, account)),
  );
};

const ready = ({ state, now }: Pick<ArmCall, 'state' | 'now'>): StorageAccount[] =>
  Object.values(state.storageAccounts).filter(({ readyAt }) => readyAt <= now);

/** Key values are made up and open nothing: whoever calls this only proves that it may. */
const listKeys = (call: ArmCall): Response => {
  const { name, createdAt } = existing(call);
  const key = (keyName: string): object => ({
    creationTime: new Date(createdAt).toISOString(),
    keyName,
    value: Buffer.from(`local-azure/${name}/${keyName}`.padEnd(64, '.')).toString('base64'),
    permissions: 'FULL',
  });
  return json(200, { keys: [key('key1'), key('key2')] });
};

const remove = (call: ArmCall): Response => {
  const account = accountAt(call);
  if (!account) return empty(204);
  if (account.readyAt > call.now) throw operationInProgress();
  delete call.state.storageAccounts[account.name];
  return empty(200);
};

const checkName = ({ state, body }: ArmCall): Response => {
  const name = textIn(body, 'name') ?? '';
  const problem = nameProblem(name);
  if (problem) return json(200, { nameAvailable: false, reason: 'AccountNameInvalid', message: problem });
  if (state.storageAccounts[name]) {
    return json(200, { nameAvailable: false, reason: 'AlreadyExists', message: takenText(name) });
  }
  return json(200, { nameAvailable: true });
};

const accountAt = ({ state, target }: ArmCall): StorageAccount | undefined => {
  const account = state.storageAccounts[fold(target.names[0] ?? '')];
  return account && fold(account.id) === fold(target.id) ? account : undefined;
};

const existing = (call: ArmCall): StorageAccount => {
  const account = accountAt(call);
  if (account && account.readyAt <= call.now) return account;
  throw resourceNotFound(accountType, call.target.names[0] ?? '', call.target.resourceGroup);
};

/** From users' reports. */
const operationInProgress = (): Error =>
  refuse(
    409,
    'StorageAccountOperationInProgress',
    'An operation is currently performing on this storage account that requires exclusive access.',
  );

export const storage: Provider = {
  namespace: 'Microsoft.Storage',
  registration: 'required',
  apiVersions: [
    '2026-09-01',
    '2025-08-01',
    '2025-06-01',
    '2025-01-01',
    '2024-01-01',
    '2023-05-01',
    '2023-04-01',
    '2023-01-01',
    '2022-09-01',
    '2022-05-01',
    '2021-09-01',
    '2021-04-01',
    '2019-06-01',
  ],
  routes: {
    'PUT group/storageAccounts/{}': createOrUpdate,
    'PATCH group/storageAccounts/{}': update,
    'GET group/storageAccounts/{}': show,
    'DELETE group/storageAccounts/{}': remove,
    'GET group/storageAccounts': list,
    'GET subscription/storageAccounts': list,
    'POST group/storageAccounts/{}/listKeys': { run: listKeys, effect: 'reveals' },
    'POST subscription/checkNameAvailability': {
      run: checkName,
      effect: 'read',
      action: 'Microsoft.Storage/checkNameAvailability/read',
    },
    // The built-in Storage Account Contributor polls creations without any action on locations (Azure docs).
    'GET subscription/locations/{}/asyncoperations/{}': { run: showOperation, open: true },
  },
  throttle: throttleStorage,
  resources: (state, now) =>
    ready({ state, now }).map(({ id, name, location, tags }) => ({ id, name, type: accountType, location, tags })),
  forgetGroup: (state, group) => {
    for (const { id, name } of Object.values(state.storageAccounts)) {
      if (fold(id).startsWith(`${group}/`)) delete state.storageAccounts[name];
    }
  },
};
