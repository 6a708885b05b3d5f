/** Whoever pastes what a block proposes, again and again, gets on or to an end, and never back to where he was. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { blockedError } from '../../client/situation.ts';
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { defaultKeyVaultName } from '../../domain/names.ts';
import { decideUpdate, type Block, type Decision } from '../../workflows/messages.ts';
import { exampleDecision } from '../../workflows/progress.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, runToEnd, runToRest, type World } from '../harness/world.ts';
import { deleteVault, lostBeforeActivation, purge, startRecovery } from './recovery.ts';

/** The names that are made for a device, in the order in which they are proposed. */
const namesOf = (world: World, name?: string): string[] =>
  [0, 1, 2].map((generation) => defaultKeyVaultName(world.device(name), generation));

/** Of the retry that the client proposes. */
const inputProposed = (world: World, block: Block): unknown => {
  const retry = blockedError(world.device(), block).actions.find(({ action }) => action === 'retry');
  return retry && 'input' in retry ? retry.input : undefined;
};

/** Failures that were met until the run went on to its end or no way on was proposed. */
const pasteAll = async (world: World, run: Run): Promise<string[]> => {
  const failures: string[] = [];
  const pasted: string[] = [];
  for (;;) {
    await runToRest(world, run);
    if (run.outcome) return failures;
    const block = await blockOf(run);
    failures.push(block.failure);
    const example = JSON.parse(exampleDecision(block) ?? '{}') as Decision;
    assert.deepEqual(inputProposed(world, block), example.input, 'the client proposes the same');
    const input = JSON.stringify(example.input);
    assert.ok(!pasted.includes(input), `${input} is proposed again: ${failures.join(', ')}`);
    pasted.push(input);
    const { result } = await run.update(decideUpdate, example);
    await result;
    await world.temporal.runUntil(
      () => run.outcome !== undefined || run.searchAttributes['AseBlockedStep'] === undefined,
    );
  }
};

const endOf = ({ outcome }: Run): string => outcome?.status ?? 'none';

type Situation = [
  what: string,
  arrange: () => Promise<{ world: World; run: Run }>,
  failures: string[],
  end: 'completed' | 'failed',
];

const activated = async (name?: string) => {
  const world = await createWorld();
  const { keyVault } = await runToEnd(world, await world.generate({}, name));
  return { world, keyVault };
};

const putStrangers = ({ azure }: World, names: readonly string[]): void =>
  names.forEach((name) => azure.control.putStrangersVault({ name }));

const situations: Situation[] = [
  [
    "a record that names another device's vault",
    async () => {
      const { world, keyVault } = await activated();
      await world.linkDevice(keyVault.id, keyVault.uri, 'edge-2');
      return { world, run: await world.generate({}, 'edge-2') };
    },
    ['VaultNameTaken'],
    'failed',
  ],
  [
    "a record that names another device's vault, and another name",
    async () => {
      const { world, keyVault } = await activated();
      await world.linkDevice(keyVault.id, keyVault.uri, 'edge-2');
      return { world, run: await world.generate({ keyVaultName: 'another' }, 'edge-2') };
    },
    [],
    'completed',
  ],
  [
    'a record that names a vault whose name is taken elsewhere in Azure',
    async () => {
      const world = await createWorld();
      const id = keyVaultIdOf(world.device(), 'gone-long-since');
      await world.linkDevice(id, 'https://gone-long-since.vault.localhost/');
      putStrangers(world, ['gone-long-since']);
      return { world, run: await world.generate() };
    },
    ['VaultNameTaken'],
    'failed',
  ],
  [
    'all names for the device taken',
    async () => {
      const world = await createWorld();
      putStrangers(world, namesOf(world));
      return { world, run: await world.generate() };
    },
    ['VaultNameTaken', 'VaultNameTaken', 'VaultNameTaken'],
    'failed',
  ],
  [
    'the first two names taken',
    async () => {
      const world = await createWorld();
      putStrangers(world, namesOf(world).slice(0, 2));
      return { world, run: await world.generate() };
    },
    ['VaultNameTaken', 'VaultNameTaken'],
    'completed',
  ],
  [
    'a vault of a former device under the requested name',
    async () => {
      const { world } = await activated();
      await world.createDeviceAgain();
      return { world, run: await world.generate() };
    },
    ['VaultOfFormerDevice'],
    'completed',
  ],
  [
    'a deleted vault, and another name',
    async () => {
      const { world } = await lostBeforeActivation();
      return { world, run: await world.generate({ keyVaultName: 'another' }) };
    },
    ['DeviceHasOtherVault', 'VaultSoftDeleted'],
    'completed',
  ],
  [
    'a purged vault, and the next names taken',
    async () => {
      const { world, vault } = await lostBeforeActivation();
      await purge(world, vault);
      putStrangers(world, namesOf(world).slice(1));
      return { world, run: await startRecovery(world) };
    },
    ['VaultPurged', 'VaultNameTaken', 'VaultNameTaken'],
    'failed',
  ],
  [
    'a vault that was deleted again under the proposed name',
    async () => {
      const { world } = await activated();
      await world.createDeviceAgain();
      const { keyVault } = await runToEnd(world, await world.generate({ keyVaultName: namesOf(world)[1]! }));
      deleteVault(world, world.azure.state.vaults[keyVault.name]!);
      await world.linkDevice('', '');
      return { world, run: await world.generate() };
    },
    ['VaultOfFormerDevice', 'VaultSoftDeleted'],
    'completed',
  ],
];

suite('the proposal of a block leads to success, or to an end, with', () => {
  for (const [what, arrange, failures, end] of situations) {
    test(what, async () => {
      const { world, run } = await arrange();
      assert.deepEqual(await pasteAll(world, run), failures);
      assert.equal(endOf(run), end);
    });
  }
});

test('a record that names a foreign vault is named as the part to correct', async () => {
  const { world, keyVault } = await activated();
  await world.linkDevice(keyVault.id, keyVault.uri, 'edge-2');
  const run = await world.generate({}, 'edge-2');
  await runToRest(world, run);
  const { message, retryWith } = await blockOf(run);
  assert.match(message, /; the record of the device "edge-2" links to it: correct the record, then start again$/);
  assert.equal(retryWith, undefined);
});
