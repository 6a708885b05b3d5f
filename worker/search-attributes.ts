import type { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from '../workflows/search-attributes.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const indexedValueType = { KEYWORD: 2, DATETIME: 6 } as const;
const cliType = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;

const attributes = Object.values(searchAttributes);

/** What a person types when the worker may not register the attributes itself. */
export const registerCommand = (namespace: string): string =>
  ['temporal operator search-attribute create', `--namespace ${namespace}`]
    .concat(attributes.map(({ name, type }) => `--name ${name} --type ${cliType[type]}`))
    .join(' ');

/**
 * Registers what is missing before the first poll: a workflow that writes an unregistered attribute is stuck for ever.
 * @throws Error, with the command to type
 */
export const ensureSearchAttributes = async (connection: NativeConnection, namespace: string): Promise<void> => {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = attributes.filter(({ name }) => !Object.hasOwn(customAttributes ?? {}, name));
    if (missing.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, indexedValueType[type]])),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot register search attributes (${why}); have them registered: ${registerCommand(namespace)}`, {
      cause: error,
    });
  }
};
