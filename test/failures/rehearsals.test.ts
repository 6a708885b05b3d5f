/**
 * Every type of failure, as the document for people on call rehearses it: its blocks of commands are pasted, the type shows
 * with its class and its text, and the way out leads to an end as it should be.
 */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { failureEntry, failures, type FailureType } from '../../domain/failures.ts';
import { assertNothingPurged } from '../harness/invariants.ts';
import { blockOf, createWorld, status, type World } from '../harness/world.ts';
import { commandsOf } from './document.ts';
import { openVirtualShell, type VirtualShell } from './virtual-shell.ts';

const types = Object.keys(failures) as FailureType[];

type Rehearsal = { world: World; shell: VirtualShell };

/** In the world of `npm run dev`, where the worker may read the audit log. */
const rehearse = async (type: FailureType): Promise<Rehearsal & { said: string }> => {
  const world = await createWorld();
  world.azure.control.assignRole({ principal: 'worker', role: 'Storage Blob Data Reader' });
  const shell = openVirtualShell(world);
  const { text } = await shell.type(commandsOf(type, 'rehearse'));
  return { world, shell, said: text };
};

const untilBlocked = async ({ world, shell }: Rehearsal, type: FailureType): Promise<void> => {
  const run = shell.run();
  await world.temporal.runUntil(() => run.outcome !== undefined || run.searchAttributes['AseFailure'] === type);
};

/** The block that the type has become, and what `ase status` says of it. */
const assertBlocked = async ({ shell }: Rehearsal, type: FailureType): Promise<void> => {
  const { class: kind, who, heals, remedy } = failureEntry(type);
  const block = await blockOf(shell.run());
  assert.deepEqual(
    { failure: block.failure, who: block.who, heals: block.heals, remedy: block.remedy },
    { failure: type, who, heals, remedy },
  );
  const named = kind === 'blocked' ? type : `${type} (${kind})`;
  assertSays(await shell.look(), `is blocked: ${named}`, remedy);
};

const assertSays = (text: string, ...parts: string[]): void => {
  for (const part of parts) assert.ok(text.includes(part), `${part} is missing in: ${text}`);
};

/** Where the device was created again, the vault of the former one stays. */
const assertOneVault = ({ azure: { state }, device }: World): void => {
  const principal = state.dataBoxEdge.devices[device().id.toLowerCase()]?.principalId;
  const own = Object.values(state.vaults).filter(({ tags }) => tags['ase-device-principal'] === principal);
  assert.ok(principal === undefined || own.length <= 1, `one vault, not ${own.map(({ name }) => name).join(', ')}`);
};

/** To the end, which must be a good one, and no harm done. */
const leadOut = async ({ world, shell }: Rehearsal, type: FailureType): Promise<void> => {
  await shell.type(commandsOf(type, 'way out'));
  const run = shell.run();
  await world.temporal.runUntil(
    () => run.outcome !== undefined || run.searchAttributes['AseBlockedStep'] !== undefined,
  );
  assert.equal(run.outcome?.status, 'completed', await shell.look());
  await world.temporal.runUntil();
  assertOneVault(world);
  assertNothingPurged(world.azure);
};

suite('a rehearsed failure appears, and its way out works:', () => {
  for (const type of types) {
    const { class: kind, heals, remedy } = failureEntry(type);

    if (kind === 'fatal') {
      test(`${type} ends the operation`, async () => {
        const { world, shell, said } = await rehearse(type);
        const run = shell.run();
        // One of them comes after two weeks in which nobody helped.
        const hasEnded = run.outcome !== undefined;
        await world.temporal.runUntil(() => run.outcome !== undefined);
        assertSays(await shell.look(), `Failed with ${type} (fatal)`, remedy);
        if (hasEnded) assertSays(said, type);
        await leadOut({ world, shell }, type);
      });
    }

    if (kind === 'blocked') {
      test(`${type} blocks`, async () => {
        const { world, shell, said } = await rehearse(type);
        await assertBlocked({ world, shell }, type);
        assertSays(said, type, remedy);
        await leadOut({ world, shell }, type);
      });
    }

    if (kind !== 'fatal' && kind !== 'blocked' && heals) {
      test(`${type} is retried`, async () => {
        const { world, shell, said } = await rehearse(type);
        assert.equal((await status(shell.run())).blocked, undefined);
        assertSays(said, `${type} (${kind})`, remedy);
        await leadOut({ world, shell }, type);
      });
    }

    if (kind === 'transient' || kind === 'propagating') {
      test(`${type} blocks if it persists`, async () => {
        const rehearsal = await rehearse(type);
        await untilBlocked(rehearsal, type);
        await assertBlocked(rehearsal, type);
        await leadOut(rehearsal, type);
      });
    }
  }
});
