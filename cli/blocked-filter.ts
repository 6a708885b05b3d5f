/** Which blocked operations are meant, by options. */
import type { Ase, BlockedFilter } from '../client.ts';
import type { Config } from '../config.ts';
import { say } from './command.ts';
import { UsageError } from './failure.ts';

export type FilterOptions = {
  subscription?: string;
  resourceGroup?: string;
  step?: string;
  failure?: string;
  procedure?: string;
};

/** @throws UsageError for a group without a subscription */
export const readFilter = (options: FilterOptions, config: Config): BlockedFilter => {
  const { resourceGroup, step, failure, procedure, subscription } = options;
  const subscriptionId = subscription ?? (resourceGroup === undefined ? undefined : config.subscriptionId);
  if (resourceGroup !== undefined && subscriptionId === undefined) {
    throw new UsageError('-g needs a subscription', 'Set AZURE_SUBSCRIPTION_ID, or add --subscription <id>.');
  }
  return {
    ...(subscriptionId === undefined ? {} : { subscriptionId }),
    ...(resourceGroup === undefined ? {} : { resourceGroup }),
    ...(step === undefined ? {} : { step }),
    ...(failure === undefined ? {} : { failure }),
    ...(procedure === undefined ? {} : { procedure }),
  };
};

/** Said where nothing is found: what is blocked must not hide behind a filter that was mistyped. */
export const sayNothingFound = async (ase: Ase, filter: BlockedFilter): Promise<void> => {
  const others = Object.keys(filter).length === 0 ? [] : await ase.findBlocked({});
  if (others.length === 0) return say('Nothing is blocked.');
  say(`Nothing is blocked so, but ${others.length} otherwise: ase blocked list`);
};
