import { guid } from '../random.ts';
import type { Exchange } from './provider.ts';

/** Adds to an answer what every one of Azure Resource Manager carries (recorded). */
export const withArmHeaders = (
  { request, state, now }: Pick<Exchange, 'request' | 'state' | 'now'>,
  answer: Response,
): Response => {
  const requestId = answer.headers.get('x-ms-request-id') ?? guid(state);
  const correlationId = request.headers.get('x-ms-correlation-request-id') ?? requestId;
  const clientRequestId = request.headers.get('x-ms-client-request-id');
  const headers: Record<string, string> = {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': correlationId,
    'x-ms-routing-request-id': `LOCAL:${compact(now)}:${correlationId}`,
    ...(clientRequestId ? { 'x-ms-client-request-id': clientRequestId } : {}),
  };
  for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
  return answer;
};

/** `20221124T064121Z` */
const compact = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');
