import { resourceNotFound } from '../arm/answers.ts';
import { forgetExtensions } from '../arm/extensions.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { sentTags } from '../arm/tags.ts';
import { objectIn, own, textIn, type JsonObject } from '../json.ts';
import type { State } from '../state.ts';
import { invalid } from './answers.ts';
import { assertNetworkRules } from './network-rules.ts';
import { skuIn } from './skus.ts';
import type { StorageAccount } from './state.ts';

export const accountType = 'Microsoft.Storage/storageAccounts';

/** The account, once its creation has ended: until then it is not to be seen. */
export const findAccount = (state: State, name: string, now: number): StorageAccount | undefined => {
  const account = own(state.storageAccounts, fold(name));
  return account && account.readyAt <= now ? account : undefined;
};

/** The same by an id: names are global, so another group's account may have the name. */
export const findAccountById = (state: State, id: string, now: number): StorageAccount | undefined => {
  const account = findAccount(state, id.split('/').at(-1) ?? '', now);
  return account && fold(account.id) === fold(id) ? account : undefined;
};

/** The account that the call names, also while it is being created. */
export const accountAt = ({ state, target }: ArmCall): StorageAccount | undefined => {
  const account = own(state.storageAccounts, fold(target.names[0] ?? ''));
  return account && fold(account.id) === fold(target.id) ? account : undefined;
};

export const existing = (call: ArmCall): StorageAccount => {
  const account = accountAt(call);
  if (account && account.readyAt <= call.now) return account;
  throw resourceNotFound(accountType, call.target.names[0] ?? '', call.target.resourceGroup);
};

/** All accounts to be seen. */
export const readyAccounts = (state: State, now: number): StorageAccount[] =>
  Object.values(state.storageAccounts).filter(({ readyAt }) => readyAt <= now);

/** The account goes with all that is in it. */
export const forgetAccount = (state: State, { id, name }: StorageAccount): void => {
  forgetExtensions(state, id);
  delete state.storageAccounts[name];
  delete state.auditLogs[name];
};

/** What a PUT says of an account, new or not. */
export const definition = (body: JsonObject): Pick<StorageAccount, 'tags' | 'properties' | 'sku'> => {
  const properties = objectIn(body, 'properties');
  assertNetworkRules(properties);
  return { tags: sentTags(body), properties, sku: skuIn(body) };
};

/** In Azure's spelling, whatever the case it was sent in. */
export const kindIn = (body: JsonObject): string => {
  const wanted = fold(textIn(body, 'kind') ?? 'StorageV2');
  const kind = kinds.find((name) => fold(name) === wanted);
  if (kind !== undefined) return kind;
  throw invalid('kind.');
};

const kinds = ['Storage', 'StorageV2', 'BlobStorage', 'BlockBlobStorage', 'FileStorage'];

/** Code and text recorded, inside a deployment; status assumed. */
export const nameProblem = (name: string): string | undefined =>
  /^[a-z0-9]{3,24}$/.test(name)
    ? undefined
    : `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length ` +
      'and use numbers and lower-case letters only.';

export const takenText = (name: string): string => `The storage account named ${name} is already taken.`;
