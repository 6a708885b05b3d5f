import { bearerOf } from './entra/tokens.ts';
import type { Exchange } from './exchange.ts';
import { guid } from './random.ts';
import { unresolved } from './socket-error.ts';
import { findAccount } from './storage-accounts/account.ts';

/** Answers for `ACCOUNT.blob.localhost`: the account is there and lets nobody in, as no data role is assigned. */
export const answerBlob = (exchange: Exchange, accountName: string): Response => {
  const { state, now, request, url, endpoints } = exchange;
  if (!findAccount(state, accountName, now)) throw unresolved(url.hostname);
  return bearerOf(request) === undefined
    ? refusal(exchange, 401, 'NoAuthenticationInformation', 'Server failed to authenticate the request.', {
        'www-authenticate':
          `Bearer authorization_uri=${endpoints.login}/${state.tenantId}/oauth2/authorize ` +
          'resource_id=https://storage.azure.com',
      })
    : refusal(
        exchange,
        403,
        'AuthorizationPermissionMismatch',
        'This request is not authorized to perform this operation using this permission.',
      );
};

const refusal = (
  { state }: Exchange,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Response =>
  new Response(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    {
      status,
      headers: {
        'content-type': 'application/xml',
        'x-ms-error-code': code,
        'x-ms-request-id': guid(state),
        ...headers,
      },
    },
  );
