/** Which search attributes a namespace lacks, and what to type to add them. */
import type { ConnectionLike } from '@temporalio/client';
import type { Config } from '../config.ts';
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

// What people look for in Temporal's list of workflows, as queries and as links into its web UI.

export const searches = {
  blocked: "AseBlockedStep IS NOT NULL AND ExecutionStatus = 'Running'",
  consent: "AsePhase = 'consent' AND ExecutionStatus = 'Running'",
} as const;

/** Why operations are blocked: the names of a step and of a failure. */
export type Cause = { step: string; failure: string };

export const blockedBy = ({ step, failure }: Cause): string =>
  `(AseBlockedStep = ${literal(step)} AND AseFailure = ${literal(failure)})`;

/** A text in a query. Anybody may start a workflow whose attributes hold quotes. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export type Link = { what: string; query: string; url: string };

const day = 24 * 60 * 60_000;

/** Ready links into the web UI, or none where its address is not known. @param now in milliseconds; keys expire from then on */
export const linksInto = ({ uiUrl, namespace }: Pick<Config, 'uiUrl' | 'namespace'>, now = Date.now()): Link[] => {
  if (uiUrl === undefined) return [];
  const [from, to] = [now, now + day].map((time) => new Date(time).toISOString());
  const queries = {
    blocked: searches.blocked,
    'waiting for consent': searches.consent,
    'keys expiring within 24 h': `AseKeyExpiry BETWEEN '${from}' AND '${to}'`,
  };
  return Object.entries(queries).map(([what, query]) => ({
    what,
    query,
    url: `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows?query=${encoded(query)}`,
  }));
};

/** Terminals end a link at a quotation mark. */
const encoded = (query: string): string => encodeURIComponent(query).replaceAll("'", '%27');
