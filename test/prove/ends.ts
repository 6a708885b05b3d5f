/**
 * Every way to end a run, wherever it may block: each step is made to block before and after each of its writes, for causes that
 * go away and for causes that stay, and is then aborted, left alone, cancelled, terminated or lost. A run that is terminated or
 * lost is followed by another one, of the same procedure or of any other.
 */
import assert from 'node:assert/strict';
import type { FaultAction } from '../../local-azure/faults/index.ts';
import { decideSignal } from '../../workflows/messages.ts';
import { assertInvariants, unlockedVaults } from '../harness/invariants.ts';
import { assertNobodyPurged } from '../harness/purges.ts';
import type { Run } from '../harness/temporal/index.ts';
import { status, type World } from '../harness/world.ts';
import { startDeviceDeletion, startVaultDeletion } from '../workflows/deletion.ts';
import { startRepair } from '../workflows/looks.ts';
import { startRecovery } from '../workflows/recovery.ts';
import type { Case } from './cases.ts';
import type { Golden, Site } from './golden.ts';
import { consentsOf } from './judge.ts';
import type { Disturbance, Met, Played } from './play.ts';
import type { Scenario } from './scenarios.ts';

type Cause = {
  name: string;
  suits: (site: Site) => boolean;
  /** Answers with what ends it. */
  begins: (world: World, site: Site) => () => void;
};

const isArm = ({ host }: Site): boolean => host.startsWith('management');
const exactly = (text: string): RegExp => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);

/** All requests as this one are answered so. */
const answering =
  (action: FaultAction): Cause['begins'] =>
  ({ azure: { control } }, { method, host, path }) => {
    const { id } = control.addFault({ method, host: exactly(host), path: exactly(path), action });
    return () => control.removeFault({ id });
  };

const causes: readonly Cause[] = [
  {
    name: 'the right is withdrawn',
    suits: (site) => isArm(site) && site.action !== undefined,
    begins: ({ azure: { control } }, { action = '' }) => {
      control.takeRight({ principal: 'worker', action });
      return () => control.giveBackRight({ principal: 'worker', action });
    },
  },
  {
    name: 'the firewall is closed',
    suits: ({ host }) => /\.vault\./.test(host),
    begins: ({ azure: { control, state } }, { host }) => {
      const [vaultName = ''] = host.split('.');
      if (!state.vaults[vaultName]) return () => undefined;
      control.closeFirewall({ vaultName });
      return () => {
        if (state.vaults[vaultName]) control.openFirewall({ vaultName });
      };
    },
  },
  {
    name: 'a policy denies it',
    suits: (site) => isArm(site) && site.write && /PUT|PATCH/.test(site.method),
    begins: answering({ denyByPolicy: { assignment: 'no', definition: 'no', field: 'type' } }),
  },
  {
    name: 'somebody locks the group',
    suits: (site) => isArm(site) && site.write && site.path.includes('/resourceGroups/'),
    begins: ({ azure: { control }, device }) => {
      const lock = { scope: device().id.split('/providers/')[0]!, name: 'theirs' };
      control.putLock({ ...lock, level: 'ReadOnly' });
      return () => control.removeLock(lock);
    },
  },
  {
    name: 'it is refused',
    suits: (site) => site.write,
    begins: answering({ status: 400, code: 'BadRequest', message: 'Not so.' }),
  },
  {
    name: 'it does not show',
    suits: ({ method, path }) => method === 'GET' && /\/vaults\/[^/]+$/.test(path),
    begins: answering({ status: 404, code: 'ResourceNotFound', message: 'There is none.' }),
  },
];

/** One request of each kind of each step, before each of its writes and after the last one. */
const placesOf = ({ sites, attempts }: Golden): Site[] => {
  const known = new Set<string>();
  const writes = new Map<string, number>();
  return sites.filter((site) => {
    const step = attempts[site.attempt]?.name ?? '';
    const kind = [step, site.method, site.host.startsWith('management') ? site.action : 'data', writes.get(step) ?? 0];
    if (site.write) writes.set(step, (writes.get(step) ?? 0) + 1);
    const key = kind.join(' ');
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
};

type Next = (world: World, scenario: Scenario) => Promise<Run | undefined>;

const again: Next = async (world, scenario) => (await (scenario.again ?? scenario.start)(world)) ?? world.generate();

const others: readonly [name: string, next: Next][] = [
  ['an activation', (world) => world.generate()],
  ['an activation that takes back', (world) => world.generate({ softDeletedVault: 'recover', audit: 'after' })],
  ['a regeneration', (world) => world.regenerate({ supersede: true })],
  ['a recovery', (world) => startRecovery(world)],
  ['a repair', (world) => startRepair(world)],
  ['a deletion of the vault', (world) => startVaultDeletion(world)],
  ['a deletion of the device', (world) => startDeviceDeletion(world, { allowOnline: true })],
];

type End = {
  name: string;
  /** Ends the run, as far as that lies with a person. */
  end: (met: Met) => Promise<void>;
  next?: Next;
};

const endsAt = (number: number): End[] => {
  const [name, next] = others[number % others.length]!;
  return [
    {
      name: 'aborted',
      end: async ({ run, block }) => {
        const { step, block: number, abortable } = block;
        if (abortable) await run.signal(decideSignal, { step, decision: 'abort', block: number, by: 'ada' });
      },
    },
    { name: 'left alone', end: () => Promise.resolve() },
    { name: 'cancelled', end: ({ run }) => run.cancel('enough') },
    { name: 'terminated, and begun again', end: ({ run }) => run.terminate('enough'), next: again },
    {
      name: `lost with all that Temporal knew, and followed by ${name}`,
      end: async ({ run, world }) => {
        await run.terminate('lost');
        await world.temporal.crash();
        world.temporal.runs.clear();
      },
      next,
    },
  ];
};

/** What goes on in a world: `ends` puts right what was done to it. */
type Trouble = { ends: () => void; met: number };
const troubles = new WeakMap<World, Trouble>();

const hour = 3_600_000;

const once = (act: () => void): (() => void) => {
  let done = false;
  return () => {
    if (!done) act();
    done = true;
  };
};

const disturbanceAt = (site: Site, cause: Cause, { end, next }: End, stays: boolean, golden: Golden): Disturbance => ({
  rareProbes: true,
  requests: new Map([
    [
      site.site,
      {
        name: cause.name,
        suits: () => true,
        happens: ({ request, pass, world }) => {
          troubles.set(world, { ends: once(cause.begins(world, site)), met: 0 });
          return Promise.resolve(pass(request));
        },
      },
    ],
  ]),
  people: async (met) => {
    const trouble = troubles.get(met.world);
    if (!trouble) return false;
    const { world, run, block, proceed } = met;
    trouble.met += 1;
    if (trouble.met === 1) {
      if (!stays) world.temporal.later(hour, trouble.ends);
      await end(met);
    }
    // Nobody says anything more.
    await proceed(
      () =>
        run.outcome !== undefined ||
        run.searchAttributes['AseBlockedStep'] !== block.step ||
        run.searchAttributes['AseFailure'] !== block.failure,
    );
    return true;
  },
  next: ({ world, run }) => {
    if (!troubles.has(world)) return 'as ever';
    const isFirst = next !== undefined && run.outcome?.status === 'terminated';
    if (isFirst && !stays) troubles.get(world)?.ends();
    return isFirst ? next(world, golden.scenario) : Promise.resolve(undefined);
  },
});

/** A look ends as it will: it has nothing to leave in order. */
export const hasEnds = ({ name, tokensLeft }: Scenario): boolean =>
  !/^(inspect|preview)/.test(name) && tokensLeft === undefined;

export const endCasesOf = (golden: Golden): Case[] =>
  placesOf(golden).flatMap((site, index) =>
    causes
      .filter(({ suits }) => suits(site))
      .flatMap((cause, nth) =>
        [false, true].flatMap((stays) =>
          endsAt(index + nth).map((end): Case => {
            const step = golden.attempts[site.attempt]?.name ?? '';
            return {
              scenario: golden.scenario.name,
              where: `request ${site.site} in ${step}, ${site.method} ${site.action ?? site.path}`,
              what: `${cause.name}, and ${stays ? 'stays so' : 'ends after an hour'}: ${end.name}`,
              disturbance: disturbanceAt(site, cause, end, stays, golden),
              mayChangeNothing: true,
              says: false,
            };
          }),
        ),
      ),
  );

/** Whether the cause has brought about a block at all. */
export const hasBlocked = ({ world }: Played): boolean => (troubles.get(world)?.met ?? 0) > 0;

/** These leave a vault without its lock, for as long as it takes to put it back. */
const unlocking = ['unlockKeyVault', 'recoverDeletedKeyVault', 'ensureKeyVault', 'lockKeyVault'];

/**
 * A run that may not look at locks cannot tell that one is missing: what it ends with, or what its repair has left, says that it
 * could not see them. That excuses nobody who has taken one off.
 */
const couldNotLook = async (runs: readonly Run[]): Promise<boolean> => {
  const { steps } = await status(runs.at(-1)!);
  const look = steps.at(-1);
  return (
    look?.step === 'readKeyVaultLock' &&
    look.state === 'postponed' &&
    !steps.some(({ step }) => unlocking.includes(step))
  );
};

let unseen = 0;

/** Runs of which the lock was off in the end and nobody could tell. */
export const unseenSoFar = (): number => unseen;

/** @throws AssertionError for whatever is not as the design promises when a run ends as it should not have to */
export const judgeEnd = async (played: Played, { beginning }: Golden): Promise<void> => {
  const { world, runs, firstLinked } = played;
  troubles.get(world)?.ends();
  for (const { outcome } of runs) assert.ok(outcome, 'every run has ended');
  const sawNothing = unlockedVaults(world.azure, world.device()).length > 0 && (await couldNotLook(runs));
  if (sawNothing) unseen += 1;
  assertInvariants({
    azure: world.azure,
    device: world.device(),
    before: beginning.state,
    runs,
    consents: await consentsOf(played),
    firstLinked,
    writes: {},
    mostWrites: () => Infinity,
    sawNothing,
  });
  assertNobodyPurged();
};
