/**
 * `npm run bench:local-azure`: how long the local Azure takes for one request without a network, and to be copied and
 * restored. Prints a table, and exits with 1 when a goal is missed.
 */
import { time, type Pair, type Timing } from './local-azure/timing.ts';
import { arm, devices, newWorld, type World } from './local-azure/world.ts';
import { describeMachine } from './machine.ts';
import { markdown } from './table.ts';

const requests = 5000;
const copies = 500;

const secret = 'https://edge-1-vault.vault.localhost/secrets/s?api-version=7.6';

/** The floor of a request: the same request and an answer of the same body and headers, and nothing between them. */
const requestPairs = async ({ azure, vaultId, group, request }: World): Promise<Pair[]> => {
  const start = azure.snapshot();
  const pairOf = async (says: string, method: string, url: string, body?: unknown): Promise<Pair> => {
    const usual = await azure.fetch(request(method, url, body));
    const content: unknown = await usual.json();
    const headers = [...usual.headers];
    azure.restore(start);
    return {
      says,
      goal: 1,
      ours: async () => await (await azure.fetch(request(method, url, body))).text(),
      floor: async () => {
        await request(method, url, body).text();
        return await new Response(JSON.stringify(content), { headers: new Headers(headers) }).text();
      },
    };
  };
  return [
    await pairOf('GET of a vault', 'GET', `${arm}${vaultId}?api-version=2026-02-01`),
    await pairOf(
      `list of ${devices} vaults`,
      'GET',
      `${arm}${group}/providers/Microsoft.KeyVault/vaults?api-version=2026-02-01`,
    ),
    await pairOf('PUT of a secret', 'PUT', secret, { value: 'x' }),
    await pairOf('GET of a secret', 'GET', secret.replace('/s?', '/ase-cik?')),
  ];
};

/** The floor of a copy there and back: as much through JSON. */
const copyPair = ({ azure }: World): Pair => ({
  says: `snapshot and restore of ${devices} devices`,
  goal: 5,
  ours: () => azure.restore(azure.snapshot()),
  floor: () => JSON.parse(JSON.stringify(JSON.parse(JSON.stringify(azure.state)))) as unknown,
});

const table = (timings: readonly Timing[]): string =>
  markdown(
    ['', 'ms', 'floor ms', '÷ floor', 'goal ms', ''],
    timings.map(({ says, ours, floor, overFloor, goal }) => [
      says,
      ours.toFixed(3),
      floor.toFixed(3),
      overFloor.toFixed(1),
      String(goal),
      ours <= goal ? 'met' : 'MISSED',
    ]),
  );

const world = await newWorld();
const timings = [await time(copyPair(world), copies)];
for (const pair of await requestPairs(world)) timings.push(await time(pair, requests));
const { cpu, cores, node, load } = describeMachine();
console.log(`${cpu}, ${cores} cores, Node ${node}, load ${load}\n\n${table(timings)}`);
process.exitCode = timings.every(({ ours, goal }) => ours <= goal) ? 0 : 1;
