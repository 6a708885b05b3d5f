/** Plays a scenario to its end, with or without a disturbance, as its people would. */
import assert from 'node:assert/strict';
import { Context } from '@temporalio/activity';
import { recall } from '../../activities/call.ts';
import type { Activities } from '../../activities/index.ts';
import type { Drift } from '../../domain/drift-line.ts';
import { isFailureType, type FailureType } from '../../domain/failures.ts';
import { createLocalAzure } from '../../local-azure/index.ts';
import type { RequestEntry } from '../../local-azure/request-log.ts';
import type { State } from '../../local-azure/state.ts';
import { consentSignal, decideSignal, type Block, type Status } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import type { Grant } from '../harness/sign-in.ts';
import { withRareProbes } from '../harness/rare-probes.ts';
import { createWorld, status as statusOf, type Meddler, type World } from '../harness/world.ts';
import type { RequestFault } from './faults.ts';
import type { Attempt, Golden, Site } from './golden.ts';
import { beginningOf, type Scenario } from './scenarios.ts';

/** What happens in a run, and where. */
export type Disturbance = {
  /** By the number of the request. */
  requests?: ReadonlyMap<number, RequestFault>;
  /** The worker dies before or after this attempt of an activity. */
  attempt?: { index: number; dies: 'before' | 'after' };
  /** Happens after so many steps of the server. */
  step?: { index: number; happens: (played: Playing) => Promise<void> };
  /** Nobody is left who could know of what arrives late: the next runs put right what it did. */
  mended?: boolean;
  /** Stand in for the people of the scenario; false leaves a block to them. */
  people?: (met: Met) => Promise<boolean>;
  /** What is started when a run has ended, or whether that is left to the scenario. */
  next?: (ended: Playing) => Promise<Run | undefined> | 'as ever';
  /** Blocked steps look by themselves every three days, and not every hour: so a fortnight of silence is soon over. */
  rareProbes?: boolean;
};

/** A block that somebody is to do something about. */
export type Met = Playing & { block: Block; proceed: (until: () => boolean) => Promise<void> };

export type Playing = { world: World; run: Run };

/** How a run ended, or why it waited for a person. */
export type Ending = { status: 'completed' | 'cancelled' | 'terminated' } | { status: 'failed'; type: FailureType };

export type Waited = { block: Block; startedAt: number; since: number };

export type Played = {
  scenario: Scenario;
  world: World;
  /** All runs, oldest first. */
  runs: Run[];
  endings: Ending[];
  blocks: Waited[];
  /** At the end of each run: a replay of its whole history, so it is asked for where it matters. */
  statuses: () => Promise<Status[]>;
  /** Types of all failures of attempts. */
  types: Set<FailureType>;
  fired: boolean;
  /** Requests that something happened to. */
  hits: number;
  /** Whether anything went another way than undisturbed. */
  changed: boolean;
  duration: number;
  writes: Record<string, number>;
  /** Attempts of activities that have not ended. */
  inHand: number;
  /** The version of the channel integrity key that the device was first linked to. */
  firstLinked: string | undefined;
};

const mostTurns = 40;
const mostRuns = 4;

type Recording = { sites: Site[]; attempts: Attempt[]; begunAfter: number[]; tokens: readonly Grant[] };

/** @param golden needed for a disturbance: what comes before it is taken from there instead of being run again */
export const play = async (
  scenario: Scenario,
  disturbance: Disturbance = {},
  golden?: Golden,
): Promise<Played & { recording: Recording }> => {
  const beginning = await beginningOf(scenario);
  const skip = golden ? attemptsBefore(disturbance, golden) : 0;
  const recording: Recording = { sites: [], attempts: [], begunAfter: [], tokens: [] };
  const types = new Set<FailureType>();
  const endingsSeen: string[] = [];
  let begun = 0;
  let inHand = 0;
  let ahead = skip > 0;
  let site = golden?.attempts[skip]?.site ?? (skip > 0 ? (golden?.sites.length ?? 0) : 0);
  const firstSite = site;
  let fired = false;
  let hits = 0;
  let changed = false;
  let unanswered = 0;
  let blockedSince = false;
  let lasting: { fault: RequestFault; method: string; path: string } | undefined;
  let former: State | undefined;
  let firstLinked: string | undefined;
  let current: Run;

  /** The world as it was when this attempt began in the undisturbed run. */
  const catchUp = (world: World): void => {
    if (!ahead) return;
    ahead = false;
    const state = golden!.attempts[skip]?.state;
    if (state) world.azure.restore(state);
  };

  const lose = (world: World) => async (): Promise<never> => {
    await current.terminate('forgotten');
    return world.temporal.interrupt('timeout');
  };

  const stale =
    (world: World) =>
    (request: Request): Promise<Response> => {
      const { clock } = world;
      const past = createLocalAzure({ clock, certificates: { issue: () => assert.fail('a read issues nothing') } });
      past.restore(golden!.sites[site - 1]!.former!);
      return past.fetch(request);
    };

  const meddle: Meddler = async (request, pass, world) => {
    const at = site;
    site += 1;
    const { method } = request;
    const { hostname: host, pathname: path } = new URL(request.url);
    const chosen = disturbance.requests?.get(at);
    if (chosen?.lasts) lasting = { fault: chosen, method, path };
    const isLasting = lasting && !blockedSince && lasting.method === method && lasting.path === path;
    const fault = chosen ?? (isLasting ? lasting!.fault : undefined);
    const before = golden || method === 'GET' ? undefined : world.azure.snapshot();
    const from = world.azure.requests.length;
    const send = async (): Promise<Response> => {
      if (!fault) return await pass(request);
      fired = true;
      hits += 1;
      return await fault.happens({ request, pass, world, stale: stale(world), lose: lose(world) });
    };
    let seen: string | undefined;
    if (fault) unanswered += 1;
    try {
      const answer = await send();
      seen = fault || !golden ? await textOf(answer) : '';
      return answer;
    } catch (error) {
      seen = String(error);
      throw error;
    } finally {
      const was = golden?.sites[at];
      if (fault) unanswered -= 1;
      if (was !== undefined && !(isSame(was, method, path) && (!fault || was.seen === seen))) changed = true;
      if (!golden) {
        const entry = entryOf(world.azure.requests.slice(from), method, path);
        const write = entry?.write === true;
        const { action } = entry ?? {};
        const hasBody = entry?.status !== undefined && /^\d+ ./s.test(seen ?? '');
        recording.sites[at] = {
          site: at,
          attempt: begun - 1,
          method,
          host,
          path,
          action,
          write,
          seen: seen ?? '',
          hasBody,
          former,
        };
        if (write && before) former = before;
      }
      firstLinked ??= linkedVersion(world);
    }
  };

  const around = (activities: Activities): Activities =>
    Object.fromEntries(
      Object.entries(activities as Record<string, (...given: unknown[]) => Promise<unknown>>).map(
        ([name, activity]) => [
          name,
          async (...given: unknown[]): Promise<unknown> => {
            const index = begun;
            begun += 1;
            if (index < skip) return again(golden!.attempts[index]!);
            catchUp(world);
            const dies = disturbance.attempt?.index === index ? disturbance.attempt.dies : undefined;
            if (dies) fired = changed = true;
            if (dies === 'before') await world.temporal.interrupt('crash');
            const state = golden ? undefined : world.azure.snapshot();
            const place = { name, site, tokens: [...world.signIn().grants] };
            const ended = async (ending: Attempt['ending']): Promise<void> => {
              if (state) recording.attempts[index] = { ...place, state, ending, memory: recall() };
              endingsSeen[index] = labelOf(ending);
              if (golden && labelOf(golden.attempts[index]?.ending) !== labelOf(ending)) changed = true;
              if (dies === 'after') await world.temporal.interrupt('crash');
            };
            inHand += 1;
            try {
              const value = await activity(...given);
              await ended({ value });
              return value;
            } catch (error) {
              const { type } = error as { type?: unknown };
              if (isFailureType(type)) types.add(type);
              await ended({ error });
              throw error;
            } finally {
              inHand -= 1;
            }
          },
        ],
      ),
    ) as Activities;

  const from = { ...beginning, certificates: 1000 * (skip + 1) };
  const asTheyCome = disturbance.rareProbes ? withRareProbes : (activities: Activities): Activities => activities;
  const { tokensLeft: left } = scenario;
  const atFirst = left === undefined ? [] : { left };
  const tokens = skip > 0 ? (golden!.attempts[skip] ?? golden!).tokens : atFirst;
  const world = await createWorld({
    from,
    meddle,
    signsIn: { with: tokens },
    around: (activities) => around(asTheyCome(activities)),
  });
  const { temporal, clock, azure } = world;
  const startedAt = clock.now();
  const played: Played = {
    scenario,
    world,
    runs: [],
    endings: [],
    blocks: [],
    statuses: () => Promise.all(played.runs.map(status)),
    types,
    fired: false,
    hits: 0,
    inHand: 0,
    changed: false,
    duration: 0,
    writes: {},
    firstLinked: undefined,
  };

  let steps = 0;
  const proceed = async (until: () => boolean): Promise<void> => {
    while (!until()) {
      const event = disturbance.step;
      if (event && steps === event.index) {
        steps += 1;
        catchUp(world);
        fired = changed = true;
        await event.happens({ world, run: current });
        continue;
      }
      if (!golden) recording.begunAfter[steps] = begun;
      assert.ok(await temporal.step(), `nothing more will happen: ${JSON.stringify(await status(current))}`);
      steps += 1;
    }
  };

  let next: Run | undefined = await scenario.start(world);
  while (next) {
    const run: Run = next;
    current = run;
    played.runs.push(run);
    assert.ok(played.runs.length <= mostRuns, `no end after ${mostRuns} runs: ${JSON.stringify(played.endings)}`);
    for (let turn = 0; !run.outcome; turn++) {
      assert.ok(turn < mostTurns, `no end after ${mostTurns} turns: ${JSON.stringify(await status(run))}`);
      await proceed(() => run.outcome !== undefined || waits(run));
      if (!run.outcome) await attend(run);
    }
    const ending = endingOf(run);
    played.endings.push(ending);
    const follows = disturbance.next?.({ world, run }) ?? 'as ever';
    if (follows !== 'as ever') next = await follows;
    else next = isEnd(scenario, ending, run, played.runs.length) ? undefined : await startAgain();
  }
  played.duration = clock.now() - startedAt;
  await temporal.runUntil();
  if (disturbance.mended) await mend();
  played.fired = fired;
  played.hits = hits;
  played.inHand = inHand;
  const suffix = writesOf(azure.requests);
  const prefix = writesOf(golden?.sites.slice(0, firstSite) ?? []);
  played.writes = sumOf(prefix, suffix);
  played.changed = changed || unanswered > 0 || (golden !== undefined && !sameCounts(golden.writes, played.writes));
  played.firstLinked = firstLinked;
  recording.tokens = world.signIn().grants;
  return { ...played, recording };

  /**
   * What arrives after Temporal has forgotten who sent it cannot be waited for: it is put right by the next runs. A key whose
   * certificate is not the latest any more is replaced by a regeneration, and by nothing else.
   */
  async function mend(): Promise<void> {
    for (const start of [scenario.again ?? scenario.start, ...(scenario.mends ?? [])]) {
      const run = await start(world);
      if (!run) continue;
      played.runs.push(run);
      await temporal.runUntil(() => run.outcome !== undefined || waits(run));
      await temporal.runUntil();
    }
  }

  async function startAgain(): Promise<Run | undefined> {
    lasting = undefined;
    catchUp(world);
    return (scenario.again ?? scenario.start)(world);
  }

  async function attend(run: Run): Promise<void> {
    const { blocked, consent, steps: records } = await status(run);
    if (consent) {
      const { word } = scenario;
      const { keyVaultName, inventory } = consent;
      if (word) await run.signal(consentSignal, { decision: word, keyVaultName, inventory, by: 'ada' });
      else await proceed(() => run.outcome !== undefined || run.searchAttributes['AsePhase'] !== 'consent');
      return;
    }
    if (!blocked) return;
    blockedSince = true;
    lasting = undefined;
    if (isFailureType(blocked.failure)) types.add(blocked.failure);
    const since = Date.parse(blocked.since);
    const begunAt = Date.parse(records.findLast(({ step }) => step === blocked.step)?.startedAt ?? '');
    // One block at a time: a step that failed before its lock could be put back is asked about after that.
    const startedAt = Math.max(begunAt, played.blocks.at(-1)?.since ?? 0);
    played.blocks.push({ block: blocked, startedAt, since });
    if (await disturbance.people?.({ world, run, block: blocked, proceed })) return;
    await settle(run, blocked);
  }

  /** The cause is gone: a block that heals goes on by itself, any other takes the decision that its own text names. */
  async function settle(run: Run, block: Block): Promise<void> {
    const isOver = (): boolean =>
      run.outcome !== undefined ||
      run.searchAttributes['AseBlockedStep'] !== block.step ||
      run.searchAttributes['AseFailure'] !== block.failure;
    if (scenario.skips && block.skippable) {
      await run.signal(decideSignal, { step: block.step, decision: 'skip', block: block.block, by: 'ada' });
    } else if (block.heals) {
      const waitsUntil = clock.now() + 20 * 60_000;
      await proceed(() => isOver() || clock.now() > waitsUntil);
      assert.ok(isOver(), `${block.step} does not go on although ${block.failure} is over: ${block.message}`);
    } else {
      const { retryWith: input } = block;
      const helps = input !== undefined || block.retryHelps;
      const decision = helps ? 'retry' : block.skippable ? 'skip' : 'abort';
      const { step, block: number } = block;
      await run.signal(decideSignal, { step, decision, block: number, by: 'ada', ...(input ? { input } : {}) });
    }
  }
};

/** A look at a device has none; asked after the end, the answer comes from a replay of the whole history. */
const status = async (run: Run): Promise<Status> => {
  if (!/^(inspect|preview)/.test(run.workflowType)) return statusOf(run);
  await run.currentDetails();
  return { procedure: run.workflowType, phase: 'working', steps: [], decisions: [] };
};

const waits = ({ searchAttributes }: Run): boolean =>
  searchAttributes['AseBlockedStep'] !== undefined || searchAttributes['AsePhase'] === 'consent';

const textOf = async (answer: Response): Promise<string> => {
  const text = await answer
    .clone()
    .text()
    .catch(() => 'broken off');
  return `${answer.status} ${text}`;
};

const isSame = (was: Site, method: string, path: string): boolean => was.method === method && was.path === path;

/** As the server would see it: the same heartbeat, the same end. */
export const again = ({ memory, ending }: Attempt): unknown => {
  Context.current().heartbeat(memory);
  if ('error' in ending) throw ending.error;
  return ending.value;
};

/** Attempts that end before the disturbance begins. */
const attemptsBefore = ({ requests, attempt, step }: Disturbance, golden: Golden): number => {
  const first = requests ? Math.min(...requests.keys()) : undefined;
  return Math.min(
    first === undefined ? Infinity : (golden.sites[first]?.attempt ?? Infinity),
    attempt?.index ?? Infinity,
    step ? (golden.begunAfter[step.index] ?? golden.attempts.length) : Infinity,
    golden.attempts.length,
  );
};

const labelOf = (ending: Attempt['ending'] | undefined): string => {
  if (!ending) return 'none';
  if ('value' in ending) return 'done';
  const { type, name } = ending.error as { type?: string; name?: string };
  return type ?? name ?? 'error';
};

const entryOf = (entries: readonly RequestEntry[], method: string, path: string): RequestEntry | undefined =>
  entries.find((entry) => entry.method === method && entry.path === path);

const endingOf = ({ outcome }: Run): Ending => {
  if (outcome?.status === 'failed') {
    const { type, message } = outcome.error as Error & { type?: string };
    assert.ok(isFailureType(type), `a run failed with ${type}, which is no type of the table: ${message}`);
    return { status: 'failed', type };
  }
  assert.ok(outcome && outcome.status !== 'continued');
  return { status: outcome.status };
};

const isEnd = ({ doneTypes = [] }: Scenario, ending: Ending, { outcome }: Run, runs: number): boolean => {
  if (outcome?.status === 'completed') return leftOf(outcome.value).length === 0;
  return ending.status === 'failed' && runs > 1 && doneTypes.includes(ending.type);
};

/** What the result of a repair says that it has not put right. */
const leftOf = (value: unknown): readonly unknown[] => {
  const { repaired, left = [] } = value as { repaired?: unknown; left?: Drift[] };
  return repaired ? left.filter(({ what }) => what !== 'foreign access') : [];
};

type Counted = { write: boolean; action?: string | undefined; principal?: string };

const writesOf = (entries: readonly Counted[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { write, action = 'unknown', principal = 'worker' } of entries) {
    if (write && principal === 'worker') counts[action] = (counts[action] ?? 0) + 1;
  }
  return counts;
};

const sumOf = (a: Record<string, number>, b: Record<string, number>): Record<string, number> =>
  Object.fromEntries([...Object.keys(a), ...Object.keys(b)].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]));

const sameCounts = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  Object.keys({ ...a, ...b }).every((key) => a[key] === b[key]);

const linkedVersion = ({ azure, device }: World): string | undefined =>
  azure.state.dataBoxEdge.devices[device().id.toLowerCase()]?.link.channelIntegrityKeyVersion;

/** Plays it undisturbed, and keeps all that a disturbed run is compared with. */
export const goldenOf = async (scenario: Scenario): Promise<Golden> => {
  const played = await play(scenario);
  const { sites, attempts, begunAfter, tokens } = played.recording;
  const beginning = await beginningOf(scenario);
  const { duration, writes, blocks } = played;
  return { scenario, beginning, sites, attempts, begunAfter, tokens, blocks: blocks.length, duration, writes };
};
