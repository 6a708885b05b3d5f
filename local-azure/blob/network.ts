import { fold } from '../arm/path.ts';
import { objectIn, objectsIn, textIn } from '../json.ts';
import type { BlobCall } from './call.ts';
import { refuseBlob } from './refusals.ts';

/** All callers come from here. */
const callerAddress = '127.0.0.1';

/** The account's firewall; Azure Monitor writes past it as a trusted service. Code and text from users' reports. */
export const assertNetworkAllowed = (call: BlobCall): void => {
  const { properties } = call.account;
  const rules = objectIn(properties, 'networkAcls');
  const isListed = objectsIn(rules, 'ipRules').some((rule) => textIn(rule, 'value') === callerAddress);
  const isDenied = fold(textIn(rules, 'defaultAction') ?? '') === 'deny' && !isListed;
  if (!isDenied && fold(textIn(properties, 'publicNetworkAccess') ?? '') !== 'disabled') return;
  throw refuseBlob(call, 403, 'AuthorizationFailure', 'This request is not authorized to perform this operation.');
};
