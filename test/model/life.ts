/** Lives through what happens to a device and its key vault, then helps, and looks at what has come of it. */
import type { Consent } from '../../domain/consent.ts';
import { workflowIdOf } from '../../domain/device.ts';
import { failureEntry, type FailureType } from '../../domain/failures.ts';
import type { State } from '../../local-azure/state.ts';
import { consentSignal, consentUpdate, decideSignal, decideUpdate, type Decision } from '../../workflows/messages.ts';
import { assertLockedInTheEnd } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import { createWorld, status, type World } from '../harness/world.ts';
import { activatedWorld, onlineWorld } from '../workflows/looks.ts';
import { lostVault } from '../workflows/recovery.ts';
import { createStrikes } from './faults.ts';
import type { Happening, Life } from './happenings.ts';
import { createOthers } from './others.ts';
import { createWatch, type Shown } from './watch.ts';

type Beginning = Life['beginning'];

const worldsOf: Record<Beginning, () => Promise<World>> = {
  'new device': () => createWorld(),
  'key issued': async () => (await activatedWorld()).world,
  'device in use': async () => (await onlineWorld()).world,
  'vault lost': async () => (await lostVault()).world,
};

/** Every life begins from a copy. */
const begun = new Map<Beginning, Promise<{ state: State; now: number }>>();

const beginningOf = (beginning: Beginning): Promise<{ state: State; now: number }> => {
  const made = begun.get(beginning) ?? makeBeginning(beginning);
  begun.set(beginning, made);
  return made;
};

const makeBeginning = async (beginning: Beginning): Promise<{ state: State; now: number }> => {
  const { azure, clock } = await worldsOf[beginning]();
  azure.control.assignRole({ principal: 'worker', role: 'Edge Key Vault Deleter' });
  return { state: azure.snapshot(), now: clock.now() };
};

const hour = 3_600_000;

/** Longer than a run goes without looking, and than its last look may take, in milliseconds. */
const lastMoments = 15 * 60_000;

/** Whether a person is waited for. */
const isWaiting = ({ searchAttributes }: Run): boolean =>
  searchAttributes['AseBlockedStep'] !== undefined || searchAttributes['AsePhase'] === 'consent';

export type Lived = Awaited<ReturnType<typeof openWorld>>;

/** @throws AssertionError as soon as a request could do harm */
export const liveThrough = async ({ beginning, tokensLeft, happenings }: Life): Promise<Lived> => {
  const person = await openWorld(beginning, tokensLeft);
  for (const happening of happenings) await person.meets(happening);
  await person.helps();
  person.assertUnharmed();
  return person;
};

const openWorld = async (beginning: Beginning, left: number = hour) => {
  const { state, now } = await beginningOf(beginning);
  const strikes = createStrikes();
  const shown: Shown = new Map();
  const harm: unknown[] = [];
  const world = await createWorld({
    from: { state, now, runs: 0, certificates: 0 },
    meddle: createWatch(shown)(strikes.meddle, (error) => void harm.push(error)),
    signsIn: { with: { left } },
  });
  const { temporal, clock } = world;
  const others = createOthers(world);
  const runs: Run[] = [];
  const workflowId = workflowIdOf(world.device());

  const openRun = (): Run | undefined => {
    const run = temporal.runs.get(workflowId);
    return run && !run.outcome ? run : undefined;
  };

  const start = async (procedure: string, eager: boolean): Promise<void> => {
    if (openRun()) return;
    const { id: deviceId, name } = world.device();
    const vault = Object.values(world.azure.state.vaults).find((each) => each.tags['ase-device'] === name);
    const consent = eager && vault ? { consent: { decision: 'delete-vault', keyVaultName: vault.name } } : {};
    const inputs: Record<string, object> = {
      generateActivationKey: { audit: eager ? 'after' : 'first' },
      regenerateActivationKey: { supersede: eager },
      deleteDevice: { confirmDevice: name, allowOnline: eager, ...consent },
      deleteKeyVault: consent,
    };
    runs.push(await temporal.start(procedure, [{ deviceId, ...inputs[procedure] }], { workflowId }));
  };

  const decide = async (run: Run, given: Partial<Decision>, number = 0): Promise<void> => {
    const { blocked } = await status(run);
    if (!blocked) return;
    const decision = {
      step: blocked.step,
      block: blocked.block + number,
      decision: 'retry',
      by: 'ada',
      ...given,
    } as const;
    if (number === 0) await run.update(decideUpdate, decision);
    else await run.signal(decideSignal, decision);
  };

  const say = async (run: Run, { consent, mistake, release }: Extract<Happening, { consent: unknown }>) => {
    const { consent: question } = await status(run);
    if (question) shown.set(`${run.runId} ${question.inventory}`, question);
    const locks = question?.locks.map(({ id }) => id).filter((id) => id.endsWith('/theirs')) ?? [];
    const said: Consent = {
      decision: consent,
      keyVaultName: mistake === 'another vault' ? 'another-vault' : (question?.keyVaultName ?? 'early-vault'),
      inventory: (question?.inventory ?? 1) + (mistake === 'another number' ? 1 : 0),
      by: 'ada',
      ...(release && consent === 'delete-vault' && locks.length > 0 ? { releaseLocks: locks } : {}),
    };
    if (release) await run.signal(consentSignal, said);
    else await run.update(consentUpdate, said);
  };

  const ended = new Set<Run>();
  /** A run looks before it ends, though not at what others did, or what went wrong, in its last moments. */
  const noteEnds = (): void => {
    const quiet = clock.now() - Math.max(others.unlockedAt(), strikes.hitAt()) > lastMoments;
    for (const run of runs) {
      if (!run.outcome || ended.has(run)) continue;
      ended.add(run);
      if (quiet) assertLockedInTheEnd(world.azure, world.device(), run);
    }
  };

  const step = async (): Promise<boolean> => {
    const stepped = await temporal.step();
    noteEnds();
    return stepped;
  };

  const pass = async (events: number): Promise<void> => {
    for (let event = 0; event < events; event += 1) {
      const run = openRun();
      if ((run && isWaiting(run)) || !(await step())) return;
    }
  };

  const wait = async (hours: number): Promise<void> => {
    const until = clock.now() + hours * hour;
    while (clock.now() < until && (await step()));
    if (clock.now() < until) clock.advanceTo(until);
  };

  const meets = async (happening: Happening): Promise<void> => {
    const run = openRun();
    if ('start' in happening) await start(happening.start, happening.eager ?? false);
    else if ('fault' in happening) strikes.plan(happening);
    else if ('outage' in happening) strikes.begin(happening.outage, clock.now() + happening.minutes * 60_000);
    else if ('staleRead' in happening)
      world.azure.control.addFault({
        host: 'management',
        nth: happening.staleRead + 1,
        times: 1,
        action: 'staleRead',
      });
    else if ('others' in happening) await others.do(happening.others);
    else if ('events' in happening) await pass(happening.events);
    else if ('hours' in happening) await wait(happening.hours);
    else if ('crash' in happening) await temporal.crash();
    else if (run && 'decide' in happening)
      await decide(run, { decision: happening.decide }, happening.mistake === 'another number' ? 1 : 0);
    else if (run && 'consent' in happening) await say(run, happening);
    else if (run && 'cancel' in happening) await run.cancel();
    noteEnds();
  };

  /** Retries once or twice, then goes around what does not help. */
  const decideWell = async (run: Run, tried: Map<string, number>): Promise<void> => {
    const { blocked } = await status(run);
    if (!blocked) return;
    const { step, failure, retryWith, skippable, abortable } = blocked;
    const times = tried.get(`${step} ${failure}`) ?? 0;
    tried.set(`${step} ${failure}`, times + 1);
    if (times < 2 || !abortable) return decide(run, { decision: 'retry', ...(retryWith ? { input: retryWith } : {}) });
    await decide(run, { decision: skippable ? 'skip' : 'abort' });
  };

  /** After the last fault, with somebody who mends what can be mended, everything ends. */
  const helps = async (): Promise<void> => {
    strikes.end();
    world.azure.control.clearFaults();
    others.help();
    const tried = new Map<string, number>();
    for (let round = 0; round < 40; round += 1) {
      const run = openRun();
      if (!run) break;
      await temporal.runUntil(() => run.outcome !== undefined || isWaiting(run));
      noteEnds();
      if (run.outcome) break;
      others.help();
      if (run.searchAttributes['AsePhase'] === 'consent') await say(run, { consent: 'keep-vault' });
      else await decideWell(run, tried);
    }
    const run = openRun();
    if (run) throw new Error(`the run does not end: ${JSON.stringify(await status(run))}`);
    await temporal.runUntil();
  };

  return {
    world,
    others,
    runs,
    before: state,
    meets,
    helps,
    startAndHelp: async (procedure: string): Promise<Run | undefined> => {
      await start(procedure, false);
      const run = runs.at(-1);
      await helps();
      return run;
    },
    assertUnharmed: (): void => {
      if (harm.length > 0) throw harm[0];
    },
  };
};

/** How a run ended, if its end has a name. */
export const namedEnd = ({ outcome }: Run): string | undefined => {
  if (outcome?.status === 'completed' || outcome?.status === 'cancelled') return outcome.status;
  if (outcome?.status !== 'failed') return undefined;
  const { type } = outcome.error as Error & { type?: string };
  return type !== undefined && failureEntry(type as FailureType) ? type : undefined;
};
