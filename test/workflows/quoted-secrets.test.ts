/** A refusal may quote the request that it refuses. What it quotes of a secret, in whatever spelling, comes into no history and no log. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Meddler } from '../harness/world.ts';
import { blockOf, createWorld, refusal, runToRest, status, type World } from '../harness/world.ts';

type Carrier = {
  what: string;
  matches: (request: Request) => boolean;
  secretIn: (request: Request) => Promise<string>;
};

const valueIn = async (request: Request): Promise<string> => {
  const { value } = (await request.json()) as { value: string };
  return value;
};

const tokenIn = ({ headers }: Request): Promise<string> =>
  Promise.resolve((headers.get('authorization') ?? '').replace('Bearer ', ''));

const carriers: Carrier[] = [
  {
    what: 'the channel integrity key on its way to the vault',
    matches: ({ method, url }) => method === 'PUT' && url.includes('/secrets/ase-cik-'),
    secretIn: valueIn,
  },
  {
    what: 'the activation key on its way to the vault',
    matches: ({ method, url }) => method === 'PUT' && url.includes('/secrets/ase-activation-key'),
    secretIn: valueIn,
  },
  {
    what: 'the token of a call to a vault',
    matches: ({ method, url }) => method === 'PUT' && url.includes('/secrets/ase-cik-'),
    secretIn: tokenIn,
  },
  {
    what: 'the token of a call to Resource Manager',
    matches: ({ url }) => url.includes('/updateExtendedInformation'),
    secretIn: tokenIn,
  },
];

const spellings: [name: string, spell: (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['as JSON within JSON', (secret) => JSON.stringify(JSON.stringify({ value: secret }))],
  ['percent-encoded', encodeURIComponent],
  ['in base64', (secret) => Buffer.from(secret).toString('base64')],
  ['within a base64', (secret) => Buffer.from(`ab${secret}`).toString('base64')],
  ['in base64 for addresses', (secret) => Buffer.from(secret).toString('base64url')],
  ['in hexadecimal', (secret) => Buffer.from(secret).toString('hex')],
  ['as JSON with escapes', (secret) => secret.replaceAll('+', '\\u002B').replaceAll('/', '\\u002f')],
  ['after letters that are longer in lower case', (secret) => `${'İ'.repeat(40)} ${secret}`],
  ['in capitals', (secret) => secret.toUpperCase()],
  ['in lines of 20 letters', (secret) => secret.replace(/.{20}/g, '$&\r\n')],
  ['without its beginning', (secret) => secret.slice(20)],
];

const quoting = async ({ matches, secretIn }: Carrier, spell: (secret: string) => string) => {
  const quoted: string[] = [];
  const meddle: Meddler = async (request, pass) => {
    if (!matches(request)) return pass(request);
    const spelt = spell(await secretIn(request));
    quoted.push(spelt);
    return refusal(400, 'BadParameter', `The body is not well formed: ${spelt}`);
  };
  const world = await createWorld({ meddle });
  const run = await world.generate();
  await runToRest(world, run);
  return { world, run, quoted };
};

/** Whatever a parser or a log makes of line breaks and escapes. */
const bare = (text: string): string => text.replace(/[\s\\"]|\\[rn]/g, '');

const assertSilent = (world: World, told: unknown, quoted: readonly string[]): void => {
  assert.ok(quoted.length > 0 && quoted.every((secret) => secret.length > 90), 'a secret was quoted');
  const text = bare(JSON.stringify([told, world.temporal.logs]));
  const pieces = quoted.flatMap((secret) => bare(secret).match(/.{8}/g) ?? []);
  assert.deepEqual(
    pieces.filter((piece) => !piece.includes('İ') && text.includes(piece)),
    [],
  );
};

for (const carrier of carriers) {
  suite(`a refusal that quotes ${carrier.what}`, () => {
    for (const [name, spell] of spellings) {
      test(`${name}, is reported without it`, async () => {
        const { world, run, quoted } = await quoting(carrier, spell);
        const { failure, message } = await blockOf(run);
        assert.equal(failure, 'RequestRefused');
        assert.match(message, /^The body is not well formed: .*\[secret\].*\(400 BadParameter\)/);
        assertSilent(world, [run.record, await status(run), await run.currentDetails()], quoted);
      });
    }
  });
}
