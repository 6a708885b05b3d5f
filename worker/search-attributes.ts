import { cloudCommand, missingSearchAttributes, registerCommand, type Services } from '../client/search-attributes.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';

/** `temporal.api.enums.v1.IndexedValueType` */
const indexedValueType = { KEYWORD: 2, DATETIME: 6 } as const;

const attributes = Object.values(searchAttributes);

/**
 * Registers missing search attributes before the first poll: a workflow that writes an unregistered one never
 * continues.
 * @throws Error with the command to type
 */
export const ensureSearchAttributes = async (services: Services, namespace: string): Promise<void> => {
  const { missing, mayRegister } = await missingSearchAttributes(services, namespace).catch((error: unknown) => {
    throw cannotRegister(error, registerCommand(namespace));
  });
  if (missing.length === 0) return;
  if (!mayRegister) throw cannotRegister('a namespace key has no right to', cloudCommand(namespace, missing));
  const added = attributes.filter(({ name }) => missing.includes(name));
  try {
    await services.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(added.map(({ name, type }) => [name, indexedValueType[type]])),
    });
  } catch (error) {
    throw cannotRegister(error, registerCommand(namespace));
  }
};

const cannotRegister = (cause: unknown, command: string): Error => {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`cannot register search attributes (${why}); register them with: ${command}`, { cause });
};
