/** An answer that is cut off on its way cannot be parsed, and what cannot be parsed is quoted by parsers: it may be a secret. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertActivatable } from '../harness/invariants.ts';
import { onlineWorld, repair } from './looks.ts';
import { blockOf, createWorld, resultOf, runToEnd, runToRest, status, type World } from '../harness/world.ts';

type SecretAnswer = { what: string; matches: (request: Request) => boolean; secretIn: (body: string) => unknown };

const valueIn = (body: string): unknown => (JSON.parse(body) as { value?: unknown }).value;

const answers: SecretAnswer[] = [
  {
    what: 'the channel integrity key that was stored',
    matches: ({ method, url }) => method === 'PUT' && url.includes('/secrets/ase-cik-'),
    secretIn: valueIn,
  },
  {
    what: 'the channel integrity key that was read',
    matches: ({ method, url }) => method === 'GET' && /\/secrets\/ase-cik-[^/]+\/[0-9a-f]{32}\?/.test(url),
    secretIn: valueIn,
  },
  {
    what: 'the private key of the certificate',
    matches: ({ url }) => url.includes('/generateCertificate'),
    secretIn: (body) => (JSON.parse(body) as { privateKey?: unknown }).privateKey,
  },
  {
    what: 'the activation key that was stored',
    matches: ({ method, url }) => method === 'PUT' && url.includes('/secrets/ase-activation-key'),
    secretIn: valueIn,
  },
];

/** A world in which these answers lose their last characters, and the secrets that were in them. */
const cutting = async ({ matches, secretIn }: SecretAnswer, times = Infinity) => {
  const secrets: string[] = [];
  const world = await createWorld({
    meddle: async (request, pass) => {
      const answer = await pass(request);
      if (!answer.ok || secrets.length >= times || !matches(request)) return answer;
      const body = await answer.text();
      secrets.push(String(secretIn(body)));
      return new Response(body.slice(0, -5), { status: answer.status, headers: answer.headers });
    },
  });
  return { world, secrets };
};

/** Parsers quote about ten characters around the place where they stumble, clients the whole body. */
const pieces = (secret: string): string[] => secret.match(/.{8}/g) ?? [];

const assertSilent = (world: World, told: unknown, secrets: string[]): void => {
  assert.ok(secrets.length > 0 && secrets.every((secret) => secret.length > 100), 'an answer with a secret was cut');
  const text = JSON.stringify([told, world.temporal.logs]);
  const shown = secrets.flatMap(pieces).filter((piece) => text.includes(piece));
  assert.deepEqual(shown, []);
};

for (const answer of answers) {
  suite(`an answer with ${answer.what}`, () => {
    test('is read again if it was truncated once', async () => {
      const { world, secrets } = await cutting(answer, 1);
      const run = await world.generate();
      const result = await runToEnd(world, run);
      assertActivatable(world.azure, world.device(), result);
      assertSilent(world, run.record, secrets);
    });

    test('shows nothing of itself to anybody if it is always truncated', async () => {
      const { world, secrets } = await cutting(answer);
      const run = await world.generate();
      await runToRest(world, run);
      // What was stored shows when it is looked for again, so only answers that must be read hold the procedure up.
      if (run.outcome) resultOf(run);
      else assert.equal((await blockOf(run)).failure, 'AzureUnavailable');
      assertSilent(world, [run.record, await status(run), await run.currentDetails()], secrets);
    });
  });
}

test('an HTML page in place of the record of a device does not count as an empty record', async () => {
  let pages = 0;
  let isSpoilt = false;
  const { world, vault } = await onlineWorld({
    meddle: (request, pass) => {
      const isFirst = request.url.includes('/getExtendedInformation') && isSpoilt && pages++ === 0;
      return isFirst
        ? Promise.resolve(new Response('<html>Sign in</html>', { headers: { 'content-type': 'text/html' } }))
        : pass(request);
    },
  });
  isSpoilt = true;
  world.azure.control.removeLock({ scope: vault.id, name: 'ase-key-vault-lock' });
  const { repaired, left } = await repair(world);
  assert.equal(pages > 0, true);
  assert.deepEqual([repaired.map(({ what }) => what), left], [['lock'], []]);
});
