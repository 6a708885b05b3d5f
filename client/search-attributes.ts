/** Which search attributes a namespace lacks, and what to type to add them. */
import type { ConnectionLike } from '@temporalio/client';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { codes, grpcCode } from './grpc.ts';

const cliType = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;
/** As tcld, the command line of Temporal Cloud, spells them. */
const cloudType = { KEYWORD: 'Keyword', DATETIME: 'DateTime' } as const;

const attributes = Object.values(searchAttributes);

/** Returns the command for a person if the worker lacks the right to register. @param missing names; default: all */
export const registerCommand = (namespace: string, missing?: readonly string[]): string =>
  ['temporal operator search-attribute create', `--namespace ${namespace}`]
    .concat(
      attributes
        .filter(({ name }) => missing?.includes(name) ?? true)
        .map(({ name, type }) => `--name ${name} --type ${cliType[type]}`),
    )
    .join(' ');

/** The same on Temporal Cloud, where no key of a namespace may do it. @param missing names; to repeat one is an error there */
export const cloudCommand = (namespace: string, missing: readonly string[]): string =>
  ['tcld namespace search-attributes add', `--namespace ${namespace}`]
    .concat(
      attributes
        .filter(({ name }) => missing.includes(name))
        .map(({ name, type }) => `--search-attribute "${name}=${cloudType[type]}"`),
    )
    .join(' ');

export type Services = Pick<ConnectionLike, 'operatorService' | 'workflowService'>;

/** Of the namespace. `mayRegister`: whether this caller may use the OperatorService, which keys of Temporal Cloud may not. */
export const missingSearchAttributes = async (
  { operatorService, workflowService }: Services,
  namespace: string,
): Promise<{ missing: string[]; mayRegister: boolean }> => {
  const names = attributes.map(({ name }) => name);
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    return { missing: names.filter((name) => !Object.hasOwn(customAttributes ?? {}, name)), mayRegister: true };
  } catch (error) {
    if (!isDenied(error)) throw error;
  }
  const isMissing = await Promise.all(names.map((name) => isUnknown(workflowService, namespace, name)));
  return { missing: names.filter((_, index) => isMissing[index]), mayRegister: false };
};

/** A query that names an attribute is refused where there is none of this name. */
const isUnknown = async (
  workflowService: Services['workflowService'],
  namespace: string,
  name: string,
): Promise<boolean> => {
  try {
    await workflowService.countWorkflowExecutions({ namespace, query: `${name} IS NOT NULL` });
    return false;
  } catch (error) {
    if (grpcCode(error) === codes.invalidArgument) return true;
    throw error;
  }
};

/** "Request unauthorized" (temporalio/omes#74). */
const isDenied = (error: unknown): boolean =>
  [codes.permissionDenied, codes.unimplemented, codes.unauthenticated].some((code) => code === grpcCode(error));
