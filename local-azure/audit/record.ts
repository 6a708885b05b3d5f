import { STATUS_CODES } from 'node:http';
import { sevenDecimals } from '../dates.ts';

/** What is remembered of one call to a vault. */
export type AuditedCall = {
  /** Milliseconds. */
  at: number;
  /** Of the vault, in upper case (documented). */
  resourceId: string;
  operation: string;
  apiVersion: string;
  status: number;
  /** The text of the refusal; empty for none. */
  refusal: string;
  correlationId: string;
  /** Who signed the token; absent where nobody did. */
  caller?: { objectId: string; clientId: string };
  clientInfo: string;
  requestUri: string;
  /** What was called: the object with its version, or the vault. */
  id: string;
};

/**
 * The record as a line of JSON, with the members of users' reports. That a refusal's type is `Failed` and that the
 * signature is the status in words is assumed. An answer takes no time on the clock of the local Azure.
 */
export const recordLine = (call: AuditedCall): string =>
  JSON.stringify({
    time: sevenDecimals(call.at),
    category: 'AuditEvent',
    operationName: call.operation,
    resultType: call.status < 400 ? 'Success' : 'Failed',
    correlationId: call.correlationId,
    callerIpAddress: '127.0.0.1',
    identity: call.caller ? { claim: claimOf(call.caller) } : {},
    properties: {
      id: call.id,
      clientInfo: call.clientInfo,
      httpStatusCode: call.status,
      requestUri: call.requestUri,
    },
    resourceId: call.resourceId,
    operationVersion: call.apiVersion,
    resultSignature: STATUS_CODES[call.status] ?? String(call.status),
    resultDescription: call.refusal,
    durationMs: '0',
  });

/** The object id under its documented name, and under the short one of newer records (from users' reports). */
const claimOf = ({ objectId, clientId }: { objectId: string; clientId: string }): Record<string, string> => ({
  'http://schemas.microsoft.com/identity/claims/objectidentifier': objectId,
  oid: objectId,
  appid: clientId,
});
