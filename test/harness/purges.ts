/** After every test of every file that makes a world: nobody on our side has so much as asked for a purge. */
import assert from 'node:assert/strict';
import type { Principal } from '../../local-azure/entra/principals.ts';
import type { FetchHandler } from '../../local-azure/test/http-client.ts';
import { isPurge } from './invariants.ts';

const purges: string[] = [];

/** Passes on all requests and remembers purges, other than those of somebody who may. */
export const watched =
  (pass: FetchHandler, mayPurge: Principal): FetchHandler =>
  (request) => {
    const { pathname } = new URL(request.url);
    if (isPurge(request.method, pathname) && callerOf(request) !== mayPurge.objectId) {
      purges.push(`${request.method} ${request.url}`);
    }
    return pass(request);
  };

const callerOf = ({ headers }: Request): unknown => {
  const [, claims = ''] = headers.get('authorization')?.split('.') ?? [];
  const { oid } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { oid?: unknown };
  return oid;
};

export const assertNobodyPurged = (): void => assert.deepEqual(purges.splice(0), [], 'nothing was purged');

// The proofs run in processes of their own and ask by themselves. They do without the test runner: once it is imported it
// watches every promise of the process, which costs a third of their time.
if (process.env['ASE_PROVING'] === undefined) {
  const { afterEach } = await import('node:test');
  afterEach(assertNobodyPurged);
}
