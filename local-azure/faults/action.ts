import { tagScopeOf } from '../arm/path.ts';
import { destinationOf } from '../endpoints.ts';
import type { Json, JsonObject } from '../json.ts';

/** Faults that need nothing but their name, and what each does to the call that it hits. */
export const plainFaults = {
  refuse: 'fails it, unexecuted, as where nobody listens',
  unresolved: 'fails it, unexecuted, as where the name of the host does not resolve',
  reset: 'reads it and lets the connection die, unexecuted',
  loseAnswer: 'executes it and lets the connection die',
  hang: 'never answers, until the caller gives up; unexecuted',
  deliverTwice: 'executes it twice and gives the second answer',
  staleRead: 'answers a read from the state before the last write since the fault was added',
  truncateBody: 'executes it and lets the connection die in the middle of the answer',
  cutJson: 'executes it and answers the first half of the body as if that were all',
  htmlPage: 'answers 200 with a page of HTML, as a gateway on the way does; unexecuted',
  closeNetwork: 'closes the network of the vault or account to it: their own refusal, other hosts do not answer',
} as const;

export type PlainFault = keyof typeof plainFaults;

/** An error in the place of the real answer, unexecuted, with whatever else errors of Azure say. */
export type GivenAnswer = {
  status: number;
  code: string;
  message?: string;
  target?: string;
  innererror?: Json;
  details?: Json;
  additionalInfo?: Json;
  headers?: Record<string, string>;
};

/** These bytes, and no headers but these and the time, in the place of the real answer, unexecuted; `base64` for what is no text. */
export type RawAnswer = { status: number; headers?: Record<string, string> } & ({ body: string } | { base64: string });

/** When a late request arrives: after so many other calls or so much time, at the next call if nothing is said. */
export type Delay = { afterCalls?: number; afterMs?: number };

export type OperationError = { code: string; message?: string };

/**
 * A policy with the effect Deny, and what its rule looked at: one field, an alias such as
 * `Microsoft.KeyVault/vaults/publicNetworkAccess`, or all expressions in whatever shape they are to have in the answer.
 */
export type DenyingPolicy = { assignment: string; definition: string } & (
  { field: string } | { expressions: JsonObject[] }
);

/** What a fault does to the call that it hits. All of it is plain data. */
export type FaultAction =
  | PlainFault
  | GivenAnswer
  | RawAnswer
  /** The connection dies now, and the request is executed later. */
  | { deliverLate: Delay }
  /** Executes it, and says of a resource that its provisioning failed, of any other answer that the operation failed. */
  | { failOperation: OperationError }
  /** Refuses a write, unexecuted. */
  | { denyByPolicy: DenyingPolicy }
  /** Executes a write and then writes these properties and tags upon it, as the remediation of a policy does. */
  | { modifyAfterWrite: JsonObject };

/** One of each kind that is more than a name, for people who type them. */
export const faultExamples: FaultAction[] = [
  { status: 429, code: 'TooManyRequests', message: 'Not now.', headers: { 'retry-after': '10' } },
  { status: 403, code: 'Forbidden', innererror: { code: 'ForbiddenByNsp' }, details: null, additionalInfo: [] },
  { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' },
  { status: 500, base64: '/v8=' },
  { deliverLate: { afterCalls: 1 } },
  { deliverLate: { afterMs: 60_000 } },
  { failOperation: { code: 'InternalServerError' } },
  {
    denyByPolicy: {
      assignment: 'no-public-vaults',
      definition: 'deny-public',
      field: 'Microsoft.KeyVault/vaults/publicNetworkAccess',
    },
  },
  {
    denyByPolicy: {
      assignment: 'owned',
      definition: 'need-an-owner',
      expressions: [
        { allOf: [{ expression: "tags['owner']", operator: 'Exists', targetValue: 'false', result: 'True' }] },
      ],
    },
  },
  { modifyAfterWrite: { properties: { publicNetworkAccess: 'Disabled' }, tags: {} } },
];

/** As the request log calls it. */
export const nameOf = (action: FaultAction): string => {
  if (typeof action === 'string') return action;
  if ('status' in action) return `${action.status} ${'code' in action ? action.code : 'raw'}`;
  return Object.keys(action)[0] ?? '';
};

export const isPolicy = (action: FaultAction): boolean =>
  typeof action === 'object' && ('denyByPolicy' in action || 'modifyAfterWrite' in action);

/** Whether a fault of this kind can hit a call by this method to this address at all: policies are the gateway's. */
export const suits = (action: FaultAction, method: string, { hostname, pathname }: URL): boolean => {
  if (action === 'staleRead') return method === 'GET' || method === 'HEAD';
  if (!isPolicy(action)) return true;
  const isWrite = method === 'PUT' || method === 'PATCH' || (method === 'DELETE' && tagScopeOf(pathname) !== undefined);
  return isWrite && destinationOf(hostname).to === 'arm';
};

/** What a call writes: whoever writes tags, or deletes them, writes what carries them. */
export const writtenPath = (pathname: string): string => tagScopeOf(pathname) ?? pathname;
