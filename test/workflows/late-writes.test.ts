/** A request whose worker died, or whose answer was lost, may still take effect: it must find nothing that it could harm. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertActivatable } from '../harness/invariants.ts';
import { createWorld, refusal, runToEnd, type Meddler, type World } from '../harness/world.ts';

/** The first request that matches arrives that many milliseconds late; `meanwhile` is what the worker sees instead. */
const lateOnce = (
  matches: (request: Request) => boolean,
  late: number,
  meanwhile: (world: World) => Promise<Response>,
) => {
  let first = true;
  const meddle: Meddler = (request, pass, world) => {
    if (!first || !matches(request)) return pass(request);
    first = false;
    world.temporal.later(late, () => pass(request));
    return meanwhile(world);
  };
  return meddle;
};

const workerDies = ({ temporal }: World): Promise<never> => temporal.interrupt('crash');

const isVaultCreate = ({ method, url }: Request): boolean => method === 'PUT' && /\/vaults\/[^/]+\?/.test(url);

suite('the creation of a vault that takes effect late', () => {
  for (const audit of ['first', 'after'] as const) {
    for (const late of [40_000, 60_000]) {
      test(`by ${late / 1000} s leaves the device its access, with audit "${audit}"`, async () => {
        const world = await createWorld({ meddle: lateOnce(isVaultCreate, late, workerDies) });
        const result = await runToEnd(world, await world.generate({ audit }));
        assertActivatable(world.azure, world.device(), result);
        const outcome = await world.pasteKey(result.keyVault.name);
        assert.equal(outcome.activated, true, JSON.stringify(outcome));
      });
    }
  }
});

test('a channel integrity key that arrives late is the only one that was ever created', async () => {
  const isCikWrite = ({ method, url }: Request): boolean => method === 'PUT' && url.includes('/secrets/ase-cik-');
  const world = await createWorld({ meddle: lateOnce(isCikWrite, 45_000, workerDies) });
  const { channelIntegrityKey } = await runToEnd(world, await world.generate());
  assert.deepEqual(
    world.versionsOf('ase-cik-').map(({ version }) => version),
    [channelIntegrityKey.version],
  );
});

test('a certificate that is uploaded after the gateway answered 504 does not invalidate the key', async () => {
  const isUpload = ({ method, url }: Request): boolean => method === 'POST' && url.includes('/uploadCertificate');
  const timedOut = () => Promise.resolve(refusal(504, 'GatewayTimeout'));
  const world = await createWorld({ meddle: lateOnce(isUpload, 30_000, timedOut) });
  const { keyVault } = await runToEnd(world, await world.generate());
  const outcome = await world.pasteKey(keyVault.name);
  assert.equal(outcome.activated, true, JSON.stringify(outcome));
});
