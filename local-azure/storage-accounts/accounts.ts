import { empty, json, resourceNotFound } from '../arm/answers.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { sentTags } from '../arm/tags.ts';
import { isObject, objectIn, own } from '../json.ts';
import { accountType, forgetAccount, readyAccounts, skuIn, type StorageAccount } from './account.ts';
import { accountBody } from './body.ts';
import { assertNotInCreation } from './creation.ts';

export const show = (call: ArmCall): Response => json(200, accountBody(call, existing(call)));

/** Changes what is said and leaves the rest. */
export const update = (call: ArmCall): Response => {
  const { body } = call;
  const account = existing(call);
  if (isObject(body['sku'])) account.sku = skuIn(body);
  if (isObject(body['tags'])) account.tags = sentTags(body);
  account.properties = { ...account.properties, ...objectIn(body, 'properties') };
  return json(200, accountBody(call, account));
};

export const list = (call: ArmCall): Response => {
  const { state, now, target } = call;
  const accounts = readyAccounts(state, now).filter(({ id }) => isAtOrBelow(id, target.scope));
  return page(
    call,
    accounts.map((account) => accountBody(call, account)),
  );
};

export const remove = (call: ArmCall): Response => {
  const account = accountAt(call);
  if (!account) return empty(204);
  assertNotInCreation(call, account);
  forgetAccount(call.state, account);
  return empty(200);
};

/** Key values are made up and open nothing: whoever calls this only proves that it may. */
export const listKeys = (call: ArmCall): Response => {
  const { name, createdAt } = existing(call);
  const key = (keyName: string): object => ({
    creationTime: new Date(createdAt).toISOString(),
    keyName,
    value: Buffer.from(`local-azure/${name}/${keyName}`.padEnd(64, '.')).toString('base64'),
    permissions: 'FULL',
  });
  return json(200, { keys: [key('key1'), key('key2')] });
};

const accountAt = ({ state, target }: ArmCall): StorageAccount | undefined => {
  const account = own(state.storageAccounts, fold(target.names[0] ?? ''));
  return account && fold(account.id) === fold(target.id) ? account : undefined;
};

const existing = (call: ArmCall): StorageAccount => {
  const account = accountAt(call);
  if (account && account.readyAt <= call.now) return account;
  throw resourceNotFound(accountType, call.target.names[0] ?? '', call.target.resourceGroup);
};
