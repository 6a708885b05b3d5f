import { isRestError, RestError } from '@azure/core-rest-pipeline';
import type { AbsentPart } from '../domain/device.ts';
import type { FailureFacts, FailureType } from '../domain/failures.ts';
import { describeDenials, judgeExpressions, profileKeyFor, type PolicyDenial } from '../domain/policy-denial.ts';
import { errorBodyOf, readErrorBody, type ErrorBody } from './error-bodies.ts';
import { readRetryAfter } from './pipeline.ts';

/** An error of an Azure client, reduced to what may be shown: never the request, its headers or the whole answer. */
export type AzureError = {
  type: FailureType;
  /** Azure's own code and, where it has one, inner code. */
  code: string;
  innerCode?: string;
  status?: number;
  /** There was no token to send the request with. */
  unsent?: true;
  message: string;
  retryAfterMs?: number;
  facts: FailureFacts;
};

/** What each code means to us. Sources: recordings and the services' error pages, read with the api-versions in use. */
const typeOfCode = new Map<string, FailureType>(
  Object.entries({
    AuthorizationFailed: 'MissingPermission',
    LinkedAuthorizationFailed: 'MissingPermission',
    // Storage's own: a role for the data is missing. Its AuthorizationFailure, of the network, is another matter.
    AuthorizationPermissionMismatch: 'MissingPermission',
    RequestDisallowedByPolicy: 'PolicyDenied',
    ScopeLocked: 'ForeignLock',
    // A 401 that no credential mends: the lock belongs to a service of Azure (MicrosoftDocs/azure-docs#22411).
    UnauthorizedApplicationId: 'ForeignLock',
    MissingSubscriptionRegistration: 'ProviderNotReady',
    InvalidSubscriptionRegistrationState: 'ProviderNotReady',
    MissingRegistrationForLocation: 'ProviderNotReady',
    // The device lies in this group, and has gone with it.
    ResourceGroupNotFound: 'DeviceNotFound',
    VaultAlreadyExists: 'VaultNameTaken',
    VaultNameNotValid: 'InvalidInput',
    // It was recovered or purged meanwhile: the next attempt looks again.
    SoftDeletedVaultDoesNotExist: 'ConcurrentWrite',
    // Two meanings (parallel write, name held by a deleted vault); whoever creates a vault looks which one it is.
    ConflictError: 'ConcurrentWrite',
    StorageAccountAlreadyTaken: 'StorageNameTaken',
    StorageAccountAlreadyExists: 'StorageNameTaken',
    StorageAccountInAnotherResourceGroup: 'StorageNameTaken',
    StorageAccountBeingCreated: 'AuditStorageCreating',
    AccountBeingCreated: 'AuditStorageCreating',
    StorageAccountOperationInProgress: 'AuditStorageCreating',
    StorageAccountIsNotProvisioned: 'AuditStorageCreating',
    // We set no condition, so it is one of the service's own: a write met another (hashicorp/terraform-provider-azurerm#27925).
    ConditionNotMet: 'ConcurrentWrite',
    PrincipalNotFound: 'IdentityPropagating',
    ForbiddenByFirewall: 'VaultNetworkClosed',
    ForbiddenByConnection: 'VaultNetworkClosed',
    ForbiddenByNsp: 'VaultNetworkClosed',
    ForbiddenByPolicy: 'GrantPropagating',
    AccessDenied: 'GrantPropagating',
    // Said of a vault whose permission model is roles, also where it was an access policy a moment ago.
    ForbiddenByRbac: 'VaultUsesRbac',
    ObjectIsBeingDeleted: 'ConcurrentWrite',
    ObjectIsDeletedButRecoverable: 'SecretSoftDeleted',
  }),
);

/** Reads any error that an Azure client or credential throws; undefined when it is none of theirs. */
export const readAzureError = (error: unknown): AzureError | undefined => {
  if (isCredentialError(error)) return readCredentialError(error);
  if (!isRestError(error)) return undefined;
  const { statusCode: status, response } = error;
  if (status === undefined || !response) return readNetworkError(error);
  if (status < 400 || error.code === RestError.PARSE_ERROR) return unreadable(status);
  const body = readErrorBody(errorBodyOf(error.request) ?? response.bodyAsText);
  if (body.isCut && !byStatus(status)) return answeredByOthers(status, unread);
  const code = codeIn(body.code ?? error.code) ?? `Http${status}`;
  const innerCode = codeIn(body.innerCode);
  const denials = readDenials(body);
  const denied = deniedActionIn(body.message ?? '');
  // Never the error's own message: where a body cannot be read, the clients put all of it there.
  const message = denials.length > 0 ? whyDenied(body, denials) : (denied?.why ?? said(body, status));
  if (body.isForeign && byOthers.has(status)) return answeredByOthers(status, message);
  const retryAfterMs = readRetryAfter(response.headers.get('retry-after'));
  const correlationId = response.headers.get('x-ms-correlation-request-id') ?? response.headers.get('x-ms-request-id');
  return {
    type: classify(status, code, innerCode, message),
    code,
    ...(innerCode === undefined ? {} : { innerCode }),
    status,
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    facts: { ...denied?.facts, ...deniedPolicy(denials), correlationId },
  };
};

const unread = 'an answer of Azure is unreadable';

/** A good answer that cannot be read, cut off on its way perhaps. Its body may hold a secret, so nothing of it is said. */
const unreadable = (status: number): AzureError => ({
  type: 'AzureUnavailable',
  code: RestError.PARSE_ERROR,
  status,
  message: unread,
  facts: {},
});

/** What a proxy or gateway says of itself with these is nothing that Azure says of what was asked, least of all that it is not there. */
const byOthers = new Set([401, 404, 407, 410]);

const notOfAzure = 'NotOfAzure';

const answeredByOthers = (status: number, message: string): AzureError => ({
  type: 'AzureUnavailable',
  code: notOfAzure,
  status,
  message,
  facts: {},
});

const classify = (status: number, code: string, innerCode: string | undefined, message: string): FailureType => {
  if (code === 'Conflict' && innerCode === undefined) return conflict(message);
  const known = typeOfCode.get(innerCode ?? '') ?? typeOfCode.get(code);
  if (known) return known;
  const byItsStatus = byStatus(status);
  if (byItsStatus) return byItsStatus;
  if (status === 401) return 'CredentialRefused';
  // Whoever expects absence asks for it (orAbsent, look); elsewhere something just made is not everywhere yet.
  if (saysAbsence({ status, code }) && code !== 'SubscriptionNotFound') return 'NotInEffect';
  // Providers have a code each for it (AnotherOperationInProgress, ConflictingConcurrentWriteNotAllowed, …); all pass.
  if (status === 409 && /InProgress|Concurren/i.test(code)) return 'ConcurrentWrite';
  // Key Vault refuses an identity that is too new for it with a plain BadRequest that names the field.
  if (status === 400 && /accessPolicies\[\d+\]\.ObjectId/i.test(message)) return 'IdentityPropagating';
  // Insights has no code of its own for too many settings (from users' reports).
  if (status === 400 && /limit of \d+ diagnostic settings/i.test(message)) return 'DiagnosticSettingConflict';
  return 'RequestRefused';
};

/** What a status means whatever is said with it. */
const byStatus = (status: number): FailureType | undefined => {
  if (status === 429) return 'Throttled';
  return status === 408 || status >= 500 ? 'AzureUnavailable' : undefined;
};

/** With 404 Azure also says that it does not know an api-version (InvalidResourceType), which no waiting and no creating mends. */
const saysAbsence = ({ status, code }: Pick<AzureError, 'status' | 'code'>): boolean =>
  status === 404 && /NotFound$|^Http404$/.test(code);

/** Services say `Conflict` of anything that the present state forbids (documented). Which it is, only their texts tell. */
const conflict = (message: string): FailureType => {
  // Of an account that is still being made (Azure/azure-cli#19387).
  if (/not accessible yet|provisioning is complete/i.test(message)) return 'AuditStorageCreating';
  // Insights, of a subscription that does not know it (Azure/azure-sdk-for-net#17836).
  if (/not registered to use/i.test(message)) return 'ProviderNotReady';
  // Insights, of a category that goes to the same account already (Azure/terraform-azurerm-avm-ptn-aiml-landing-zone#19).
  if (/already used in diagnostic setting/i.test(message)) return 'DiagnosticSettingConflict';
  // Key Vault, of two writes at a time (Azure/azure-sdk-for-js#25362).
  if (/in parallel/i.test(message)) return 'ConcurrentWrite';
  return 'RequestRefused';
};

/** A code is one word. What stands in its place otherwise is for the message, which is cut. */
const codeIn = (code: unknown): string | undefined =>
  typeof code === 'string' && /^[\w.-]{1,100}$/.test(code) ? code : undefined;

const said = ({ message, isForeign }: ErrorBody, status: number): string => {
  const why = isForeign ? 'in an unknown format: a proxy or gateway may have answered' : 'without a message';
  return oneLine(message ?? `answered ${status} ${why}`);
};

type DeniedAction = { facts: { action: string; scope?: string }; why?: string };

/**
 * The texts of the authorization failures name what is missing; no field of the answer does. That of a linked one names first
 * what the caller may do, and is cut before what it may not where names are long: so that is said alone.
 */
const deniedActionIn = (text: string): DeniedAction | undefined => {
  const [, linkedAction, linkedScope] = linkedDenial.exec(text) ?? [];
  if (linkedAction !== undefined && linkedScope !== undefined) {
    const why = oneLine(`the worker lacks the required action '${linkedAction}' on '${linkedScope}'`);
    return { facts: { action: linkedAction, scope: linkedScope }, why };
  }
  const [, action, scope] =
    /not have (?:authorization|permission) to perform action '([^']+)'(?: over scope '([^']+)')?/.exec(text) ?? [];
  return action === undefined ? undefined : { facts: { action, ...(scope === undefined ? {} : { scope }) } };
};

const linkedDenial =
  /not have permission to perform action(?:\(s\)|s)? '([^']+)' on the linked scope(?:\(s\)|s)? '([^']+)'/;

const readDenials = ({ violations }: ErrorBody): PolicyDenial[] =>
  violations.map(({ expressions, ...assigned }) => ({ ...assigned, wishes: judgeExpressions(expressions) }));

/** Azure's own words are a wall of JSON with the ids of assignment and definition. */
const whyDenied = ({ target = '' }: ErrorBody, denials: readonly PolicyDenial[]): string =>
  oneLine(describeDenials(target, denials));

/** Of several wishes the one that the profile can grant. */
const deniedPolicy = ([denial]: readonly PolicyDenial[]): FailureFacts => {
  if (!denial) return {};
  const { assignment, wishes } = denial;
  const { field, wanted } = wishes.find((wish) => profileKeyFor(wish.field) !== undefined) ?? wishes[0] ?? {};
  return {
    policyAssignment: assignment,
    policyField: field,
    policyWanted: wanted,
    profileKey: profileKeyFor(field),
  };
};

const readNetworkError = (error: { code?: string; message: string; request?: { url: string } }): AzureError => {
  const host = error.request ? new URL(error.request.url).hostname : undefined;
  const dns = error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' || error.code === 'ERR_TLS_CERT_ALTNAME_INVALID';
  return {
    type: dns && host?.includes('.vault.') ? 'VaultUnreachable' : 'AzureUnavailable',
    code: error.code ?? 'REQUEST_SEND_ERROR',
    message: `no answer from ${host ?? 'Azure'}: ${oneLine(error.message)}`,
    facts: { host },
  };
};

const credentialErrors = [
  'AuthenticationError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
  'AuthenticationRequiredError',
];

/** What MSAL says of a token service that cannot be reached, that fails, or whose answer is none. */
const passing = /endpoints_resolution_error|network_error|server_error|temporarily_unavailable|no "expiresOn" property/;

/**
 * Codes of Entra that pass: it is busy, another service behind it is, or we have asked too often ("Microsoft Entra authentication
 * error codes").
 */
const passingCodes = /AADSTS(50000|50033|50196|90006|90012|90024|90033|90036|90055|90090|90091)\b/;

/** An answer that names none of these was none of the token service's: a gateway's, or in the words of Resource Manager. */
const refusing =
  /AADSTS\d+|\b(invalid_(client|grant|request|scope|resource)|unauthorized_client|access_denied|interaction_required|unsupported_grant_type)\b/;

/** Nothing was asked: the credential itself is wrong. */
const unreadableCertificate = /\b(ENOENT|EACCES|EISDIR|PEM|certificate|private key|bad decrypt)\b/i;

const isCredentialError = (error: unknown): error is Error & { statusCode?: number } =>
  error instanceof Error && credentialErrors.includes(error.name);

/** What the credential says of a vault that asks for tokens of another tenant than the worker's, before anything is sent. */
const otherTenant = /not configured to acquire tokens for tenant ([\w.-]*\w)/;

const vaultOfOtherTenant = (tenant: string): AzureError => ({
  type: 'RequestRefused',
  code: 'OtherTenant',
  message: `the vault accepts only tokens of the tenant ${tenant}, which is not the worker's. Moving a subscription does not change the tenantId of its vaults: set it to the present tenant`,
  unsent: true,
  facts: {},
});

/** The status is that of the answer only where one credential was asked alone; a chain of them says 400 whatever it was. */
const readCredentialError = (error: Error & { statusCode?: number }): AzureError => {
  const { name, message } = error;
  const [, tenant] = otherTenant.exec(message) ?? [];
  if (tenant !== undefined) return vaultOfOtherTenant(tenant);
  const status = error.statusCode ?? (error.cause as { status?: number } | undefined)?.status ?? 0;
  const passes = passing.test(message) || passingCodes.test(message);
  const isNone = name === 'AuthenticationError' && !refusing.test(message) && !unreadableCertificate.test(message);
  const away = status >= 500 || status === 429 || status === 408 || passes || isNone;
  const [aadCode] = /AADSTS\d+/.exec(message) ?? [];
  return {
    type: away ? 'AzureUnavailable' : 'CredentialRefused',
    code: aadCode ?? name,
    message: away ? whyAway(message) : whyRefused(error, aadCode),
    unsent: true,
    facts: {},
  };
};

/** In the chain of credentials all others are not there. What MSAL cannot read of the machine's endpoint counts as unreachable. */
const isLeftToMachine = (message: string): boolean => /EnvironmentCredential is unavailable/.test(message);

const whyAway = (message: string): string =>
  isLeftToMachine(message)
    ? 'the environment contains no credential, and the identity endpoint of this machine does not answer or has no identity'
    : 'the token service does not answer';

const wrongSecret = 'the client secret is wrong, or is the id of a secret: AZURE_CLIENT_SECRET';
const wrongCertificate = 'the certificate does not belong to the application: AZURE_CLIENT_CERTIFICATE_PATH';
const noApplication = 'the tenant has no such application: AZURE_CLIENT_ID, AZURE_TENANT_ID';
const barred = 'a Conditional Access policy of the tenant blocks it: ask an administrator of the tenant';

/** In our words: those of Entra may quote what was sent ("Microsoft Entra authentication error codes"). */
const meaningOfRefusal = new Map(
  Object.entries({
    AADSTS7000215: wrongSecret,
    AADSTS70002: wrongSecret,
    AADSTS7000222: 'the client secret has expired',
    AADSTS7000218: 'no client secret or certificate was sent',
    AADSTS700027: wrongCertificate,
    AADSTS700030: wrongCertificate,
    AADSTS50012: wrongCertificate,
    AADSTS700016: noApplication,
    AADSTS700011: noApplication,
    AADSTS90002: 'the tenant does not exist: AZURE_TENANT_ID',
    AADSTS7000112: 'the application is disabled: ask an administrator of the tenant',
    AADSTS500014: 'the application, or the requested service, is disabled: ask an administrator of the tenant',
    AADSTS500011: 'the tenant does not know the requested service: check AZURE_TENANT_ID and the cloud',
    AADSTS53003: barred,
    AADSTS530032: barred,
  }),
);

const whyRefused = ({ name, message }: Error, aadCode: string | undefined): string => {
  if (aadCode !== undefined || refusing.test(message)) {
    const why = meaningOfRefusal.get(aadCode ?? '');
    return `the token service refused the credential (${aadCode ?? name})${why === undefined ? '' : `: ${why}`}`;
  }
  if (name === 'AuthenticationError')
    return 'the certificate of the credential is not readable: AZURE_CLIENT_CERTIFICATE_PATH';
  if (isLeftToMachine(message) && /ManagedIdentityCredential: [^]*?Http status code: 4\d\d/.test(message)) {
    return 'this machine has no managed identity, or not the one of AZURE_CLIENT_ID, and the environment contains no credential';
  }
  return `no credential to sign in with: none in the environment, no managed identity, no az login (${name})`;
};

/** Text of Azure as it may stand in a message: one line without control characters, at most 500 characters. */
export const oneLine = (text: string): string =>
  text
    .replace(/[\p{C}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 500);

/**
 * Returns whether the answer means that a resource does not exist; also for a provider without registration in the
 * subscription.
 */
export const isAbsence = (error: unknown): boolean => {
  const azure = readAzureError(error);
  return azure !== undefined && (saysAbsence(azure) || azure.type === 'ProviderNotReady');
};

/** Returns the answer, or undefined for 404. */
export const orAbsent = async <T>(call: Promise<T>): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    const azure = readAzureError(error);
    if (azure && saysAbsence(azure)) return undefined;
    throw error;
  }
};

/** Returns the part of a device's id that does not exist, by the answer to a request for the device; undefined for other answers. */
export const absentPartIn = (error: unknown): AbsentPart | undefined => {
  const azure = readAzureError(error);
  if (!azure || !saysAbsence(azure)) return undefined;
  return partOfCode.get(azure.code) ?? 'device';
};

/** What Resource Manager answers before it asks the provider of the resource (recorded). */
const partOfCode = new Map<string, AbsentPart>([
  ['SubscriptionNotFound', 'subscription'],
  ['ResourceGroupNotFound', 'resource group'],
]);

/** Whether the request is over for good: after these answers a gateway may still be waiting for the service behind it. */
export const isFinal = ({ status, code, unsent }: AzureError): boolean => {
  if (unsent === true) return true;
  return status !== undefined && code !== notOfAzure && status !== 408 && (status < 500 || status === 503);
};
