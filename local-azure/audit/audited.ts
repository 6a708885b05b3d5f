import type { Exchange } from '../arm/provider.ts';
import { destinationOf } from '../endpoints.ts';
import { bearerOf, readToken } from '../entra/tokens.ts';
import { logsAudit } from '../insights/setting.ts';
import { isObject, objectIn, parseJson, textIn, type JsonObject } from '../json.ts';
import { fold } from '../arm/path.ts';
import { findAccountById } from '../storage-accounts/account.ts';
import type { StorageAccount } from '../storage-accounts/state.ts';
import { appendRecord } from './log.ts';
import type { AuditedCall } from './record.ts';
import { subjectOf, type Subject } from './subject.ts';

/**
 * Answers by `answer`. A call to a vault, also a refused one, leaves a record in every account that a diagnostic setting
 * of the vault names (documented). A setting takes effect at once (assumed).
 */
export const audited = async (
  exchange: Exchange,
  answer: (exchange: Exchange) => Promise<Response> | Response,
): Promise<Response> => {
  const before = subjectOf(exchange);
  const answered = await answer(exchange);
  const after = subjectOf(exchange);
  const subject = after && before ? { ...after, operation: operationOf(before, after) } : (after ?? before);
  if (!subject || !reachedKeyVault(answered)) return answered;
  const accounts = sinksOf(exchange, subject);
  if (accounts.length === 0) return answered;
  const call = await callOf(exchange, subject, answered.clone());
  for (const { name } of accounts) {
    appendRecord(exchange.state, name, call, exchange.now + exchange.settings.auditRecord);
  }
  return answered;
};

/** A deleted vault that is there after a PUT has been recovered: its name cannot be used for a new one. */
const operationOf = (before: Subject, { isDeleted, operation }: Subject): string =>
  operation === 'VaultPut' && before.isDeleted && !isDeleted ? 'VaultRecover' : operation;

/** What Azure Resource Manager refuses by itself, for want of a right or for a lock, Key Vault never sees. */
const reachedKeyVault = (answer: Response): boolean => answer.headers.get('x-ms-failure-cause') !== 'gateway';

const sinksOf = ({ state, now }: Exchange, { vault }: Subject): StorageAccount[] =>
  Object.values(state.diagnosticSettings)
    .filter((setting) => setting.resource === fold(vault.id) && logsAudit(setting))
    .flatMap(({ storageAccountId }) => findAccountById(state, storageAccountId ?? '', now) ?? []);

const callOf = async (exchange: Exchange, { vault, operation }: Subject, answer: Response): Promise<AuditedCall> => {
  const { request, url, state, now, endpoints } = exchange;
  const claims = readToken(state.signingKey, bearerOf(request) ?? '');
  const body = bodyOf(await answer.text());
  return {
    at: now,
    resourceId: vault.id.toUpperCase(),
    operation,
    apiVersion: url.searchParams.get('api-version') ?? '',
    status: answer.status,
    refusal: textIn(objectIn(body, 'error'), 'message') ?? '',
    correlationId: correlationOf(request, answer),
    ...(claims ? { caller: { objectId: claims.oid, clientId: claims.appid } } : {}),
    clientInfo: request.headers.get('user-agent') ?? '',
    requestUri: url.href,
    id: isInDataPlane(url) ? (textIn(body, 'id') ?? withoutQuery(url)) : endpoints.vaultUri(vault.name),
  };
};

const bodyOf = (text: string): JsonObject => {
  const body = parseJson(text);
  return isObject(body) ? body : {};
};

/** What the client passed to find its call again (documented), else the id of the answer. */
const correlationOf = (request: Request, answer: Response): string =>
  request.headers.get('x-ms-client-request-id') ??
  answer.headers.get('x-ms-correlation-request-id') ??
  answer.headers.get('x-ms-request-id') ??
  '';

const isInDataPlane = ({ hostname }: URL): boolean => destinationOf(hostname).to === 'vault';

const withoutQuery = ({ origin, pathname }: URL): string => `${origin}${pathname.replace(/\/$/, '')}`;
