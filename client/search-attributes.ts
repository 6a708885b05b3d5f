import { searchAttributes } from '../workflows/search-attributes.ts';
import type { Temporal } from './temporal.ts';

/** Names of the search attributes that the namespace lacks: nothing can be started without them. */
export const missingSearchAttributes = async ({ connection, config, within }: Temporal): Promise<string[]> => {
  const { namespace } = config;
  const { customAttributes } = await within(() => connection.operatorService.listSearchAttributes({ namespace }));
  return Object.values(searchAttributes)
    .map(({ name }) => name)
    .filter((name) => !Object.hasOwn(customAttributes, name));
};
