import { Refusal } from '../arm/answers.ts';
import type { Exchange } from '../arm/provider.ts';
import { unresolved } from '../socket-error.ts';
import { isObject, parseJson, type JsonObject } from '../json.ts';
import { guid } from '../random.ts';
import { throttleVault } from '../throttling/vault-budget.ts';
import { assertFirewallOpen, assertPermitted, authenticateToVault } from './access.ts';
import { badParameter, refuseData } from './answers.ts';
import { secretRoute } from './secret-routes.ts';
import { findVault } from './store.ts';
import { isReachable, type Vault } from './vault.ts';

/**
 * Answers for `NAME.vault.localhost`. A vault that does not exist, is deleted or is too new has no host name yet: the
 * call fails as a look-up of the name would (for a deleted one: assumed).
 */
export const answerVault = async (exchange: Exchange, vaultName: string): Promise<Response> => {
  const text = await exchange.request.text(); // The only wait: nothing can come between the checks and the act.
  const vault = findVault(exchange.state, vaultName);
  if (!vault || !isReachable(vault, exchange.now)) throw unresolved(exchange.url.hostname);
  try {
    return withVaultHeaders(exchange, vault, handle(exchange, vault, text));
  } catch (error) {
    if (error instanceof Refusal) return withVaultHeaders(exchange, vault, error.answer);
    throw error;
  }
};

const handle = (exchange: Exchange, vault: Vault, text: string): Response => {
  const { request, url, entry } = exchange;
  const found = secretRoute(request.method, url.pathname);
  if (found) entry.operation = found.route.operation;
  assertFirewallOpen(exchange, vault);
  const caller = authenticateToVault(exchange, vault);
  entry.principal = caller.name;
  throttleVault(exchange, vault.name, found?.route.operation);
  assertApiVersion(url);
  if (!found) throw refuseData(404, 'NotFound', 'The requested resource was not found.');
  const { route, names } = found;
  entry.action = `secrets/${route.permission}`;
  assertPermitted(exchange, vault, caller, route, names);
  const answer = route.run({ ...exchange, vault, names, body: bodyOf(text) });
  entry.write = request.method !== 'GET' && route.operation !== 'SecretBackup';
  return answer;
};

const bodyOf = (text: string): JsonObject => {
  if (text === '') return {};
  const body = parseJson(text);
  if (isObject(body)) return body;
  throw badParameter('The request body is not a JSON object.');
};

/** Versions that clients of the last years send (tried); others are refused. */
const apiVersions = ['7.0', '7.1', '7.2', '7.3', '7.4', '7.5', '7.6', '2025-07-01', '2026-04-01'];

const assertApiVersion = (url: URL): void => {
  const version = url.searchParams.get('api-version') ?? '';
  if (version === '') throw badParameter('api-version must be specified');
  if (apiVersions.includes(version)) return;
  throw badParameter(
    `The specified version (${version}) is not recognized. Consider using the latest supported version (2026-04-01).`,
  );
};

/** What every answer of the data plane carries (recorded). */
export const withVaultHeaders = (
  { request, state }: Pick<Exchange, 'request' | 'state'>,
  vault: Vault,
  answer: Response,
): Response => {
  const clientRequestId = request.headers.get('x-ms-client-request-id');
  const headers: Record<string, string> = {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'strict-transport-security': 'max-age=31536000;includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-ms-keyvault-region': vault.location,
    'x-ms-keyvault-network-info': 'conn_type=Ipv4;addr=127.0.0.1;act_addr_fam=InterNetwork;',
    'x-ms-keyvault-service-version': '1.9.1652.1',
    'x-ms-request-id': guid(state),
    ...(clientRequestId ? { 'x-ms-client-request-id': clientRequestId } : {}),
  };
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  return answer;
};
