import { empty } from '../arm/answers.ts';
import { page } from '../arm/paging.ts';
import type { ArmCall } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { sentTags } from '../arm/tags.ts';
import { isObject, objectIn } from '../json.ts';
import { accountAt, existing, forgetAccount, readyAccounts } from './account.ts';
import { answer, emptyText, served } from './answers.ts';
import { accountBody } from './body.ts';
import { assertNotInCreation } from './creation.ts';
import { assertNetworkRules } from './network-rules.ts';
import { assertSkuChange, skuIn } from './skus.ts';

export const show = (call: ArmCall): Response => answer(accountBody(call, existing(call)));

/** Changes what is said and leaves the rest. */
export const update = (call: ArmCall): Response => {
  const { body } = call;
  const account = existing(call);
  const properties = objectIn(body, 'properties');
  const sku = isObject(body['sku']) ? skuIn(body) : account.sku;
  assertSkuChange(account.sku, sku);
  assertNetworkRules(properties);
  account.sku = sku;
  if (isObject(body['tags'])) account.tags = sentTags(body);
  account.properties = { ...account.properties, ...properties };
  return answer(accountBody(call, account));
};

export const list = (call: ArmCall): Response => {
  const { state, now, target } = call;
  const accounts = readyAccounts(state, now).filter(({ id }) => isAtOrBelow(id, target.scope));
  return page(
    call,
    accounts.map((account) => accountBody(call, account)),
    { headers: served },
  );
};

export const remove = (call: ArmCall): Response => {
  const account = accountAt(call);
  if (!account) return empty(204);
  assertNotInCreation(call, account);
  forgetAccount(call.state, account);
  return emptyText(200);
};
