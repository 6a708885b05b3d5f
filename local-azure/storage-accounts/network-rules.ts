import { privateRangeOf } from '../arm/private-addresses.ts';
import { objectIn, objectsIn, textIn, type JsonObject } from '../json.ts';
import { invalid } from './answers.ts';

/** Private addresses are refused (Azure/azure-cli#13828), and ranges of one and two addresses (Azure docs). */
export const assertNetworkRules = (properties: JsonObject): void => {
  const rules = objectsIn(objectIn(properties, 'networkAcls'), 'ipRules');
  const isTaken = rules.every((rule) => {
    const address = textIn(rule, 'value') ?? '';
    return privateRangeOf(address) === undefined && !/\/3[12]$/.test(address);
  });
  if (isTaken) return;
  throw invalid('networkAcls.ipRule[*].value. For more information, see - https://aka.ms/storagenetworkruleset');
};
