/** What can happen between two steps of the server, at each of them. */
import { consentSignal, decideSignal } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { status, type World } from '../harness/world.ts';
import type { Playing } from './play.ts';
import { isAsked, type Scenario } from './scenarios.ts';

export type BoundaryEvent = {
  name: string;
  suits: (scenario: Scenario) => boolean;
  happens: (playing: Playing) => Promise<void>;
  /** The end is what was said last, and counted. */
  says?: true;
};

const always = (): boolean => true;
const takesMessages = ({ name }: Scenario): boolean => !/^(inspect|preview)/.test(name);

/** As somebody would who has read the latest inventory, or guesses. */
const consent =
  (decision: 'delete-vault' | 'keep-vault' | 'cancel', by: string) =>
  async ({ run, world }: Playing): Promise<void> => {
    if (run.outcome) return;
    const { consent: asked, consents = [] } = await status(run);
    const latest = consents.flatMap((one) => (one.counted ? [one] : [])).at(-1);
    const inventory = asked?.inventory ?? latest?.inventory ?? 1;
    await run.signal(consentSignal, { decision, keyVaultName: ownName(world, run), inventory, by });
  };

const ownName = ({ azure }: World, _run: Run): string =>
  [...Object.values(azure.state.vaults), ...Object.values(azure.state.deletedVaults).map(({ vault }) => vault)].find(
    ({ name }) => name.startsWith('ase-'),
  )?.name ?? 'no-vault';

const unlessOver =
  (happens: (playing: Playing) => Promise<void>) =>
  async (playing: Playing): Promise<void> => {
    if (!playing.run.outcome) await happens(playing);
  };

export const boundaryEvents: readonly BoundaryEvent[] = [
  { name: 'the worker dies', suits: always, happens: ({ world }) => world.temporal.crash() },
  // Nothing of the product asks Temporal for other runs, so that a run which is ended without a word, and the loss of all
  // that Temporal knew, are the same to it: the same procedure is started again.
  { name: 'Temporal forgets', suits: always, happens: unlessOver(({ run }) => run.terminate('forgotten')) },
  { name: 'cancelled', suits: always, happens: unlessOver(({ run }) => run.cancel('enough')) },
  {
    name: 'cancelled, and the worker dies',
    suits: always,
    happens: unlessOver(async ({ run, world }) => {
      await run.cancel('enough');
      await world.temporal.crash();
    }),
  },
  {
    name: 'decisions that fit nothing',
    suits: takesMessages,
    happens: unlessOver(async ({ run }) => {
      await run.signal(decideSignal, { step: 'lockKeyVault', decision: 'skip', block: 7, by: 'mallory' });
      await run.signal('decide', '{"decision":');
      await run.signal('consent', { decision: 'delete-vault', by: 'mallory' });
    }),
  },
  { name: 'delete-vault is said', suits: isAsked, happens: consent('delete-vault', 'bea'), says: true },
  { name: 'keep-vault is said', suits: isAsked, happens: consent('keep-vault', 'bea'), says: true },
  { name: 'cancel is said', suits: isAsked, happens: consent('cancel', 'bea'), says: true },
  {
    name: 'delete-vault and keep-vault are said',
    suits: isAsked,
    says: true,
    happens: async (playing) => {
      await consent('delete-vault', 'bea')(playing);
      await consent('keep-vault', 'cleo')(playing);
      await consent('delete-vault', 'bea')(playing);
    },
  },
];
