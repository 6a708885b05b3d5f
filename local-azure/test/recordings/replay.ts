/** Plays recorded traffic of Azure to the local Azure, and compares the answers. */
import type { LocalAzure } from '../../index.ts';
import { isObject, type Json } from '../../json.ts';
import type { State } from '../../state.ts';
import { isOperation } from './addresses.ts';
import { bind, bound, boundAddress, boundWithin, isGuid, noteSent, type Answer } from './bindings.ts';
import { enter, tokenOf } from './caller.ts';
import { changedBy } from './changed.ts';
import { destinationOf, partsOf } from './destination.ts';
import type { Exchange } from './exchange.ts';
import { establish } from './establish.ts';
import { presupposedBy } from './presupposed.ts';
import { keyOf } from './presupposition.ts';
import { compare, noScore, sum, type Comparison, type Score } from './score.ts';
import { sentBody } from './sent.ts';
import { sessionsOf, type Session } from './session.ts';
import { inOurSpelling } from './spelling.ts';
import { arm, createWorld, send, vaultAudience, type World } from './world.ts';

/** One session and how it went. */
export type Played = Pick<Session, 'src' | 'leftOut'> & {
  score: Score;
  /** Of single exchanges, in words. */
  differences: string[];
};

/** Every session in a world of its own: names are global, and one recording's leavings are in the way of the next. */
export const replay = async (exchanges: Exchange[]): Promise<Played[]> => {
  const played: Played[] = [];
  for (const session of sessionsOf(exchanges)) played.push(await play(session));
  return played;
};

export const totalOf = (played: Played[]): Score => sum(played.map(({ score }) => score));

const play = async ({ src, played, leftOut }: Session): Promise<Played> => {
  const session = inOurSpelling(played);
  const world = await createWorld(session);
  const changed = new Set<string>();
  const scores: Score[] = [noScore()];
  const differences: string[] = [];
  for (const exchange of session) {
    const refusals = await presuppose(world, exchange, session, changed);
    const comparison = await answerOf(world, exchange, session);
    for (const key of changedBy(exchange)) changed.add(key);
    scores.push(comparison.score);
    const all = [...comparison.differences, ...refusals];
    if (all.length > 0)
      differences.push(`${src} #${exchange.i} ${exchange.method} ${shown(exchange)}: ${all.join('; ')}`);
  }
  return { src, leftOut, score: sum(scores), differences };
};

const shown = ({ url }: Exchange): string => partsOf(url).path.slice(-100);

const presuppose = async (
  world: World,
  exchange: Exchange,
  session: Exchange[],
  changed: Set<string>,
): Promise<string[]> => {
  const refusals: string[] = [];
  for (const presupposed of presupposedBy(exchange, session)) {
    if (changed.has(keyOf(presupposed))) continue;
    const refusal = await establish(world, presupposed);
    if (refusal !== undefined) refusals.push(refusal);
  }
  return refusals;
};

/** How long after the exchange before it a request may have been sent: recordings do not tell, their answers do. */
const delays = [100, 1500, 15_000, 120_000];

/** The answer at the time at which it is most like the recorded one; the earliest of equals. */
const answerOf = async (world: World, exchange: Exchange, session: Exchange[]): Promise<Comparison> => {
  const { azure, time, bindings } = world;
  noteSent(bindings, exchange);
  const before = { state: azure.snapshot(), now: time.now };
  const trials: Trial[] = [];
  for (const delay of delays) {
    azure.restore(before.state);
    time.now = before.now + delay;
    const answer = await sendOnce(world, exchange, session);
    const comparison = compare(exchange, answer, bindings);
    const likeness = likenessOf(exchange, answer, comparison);
    trials.push({ answer, comparison, likeness, state: azure.snapshot(), now: time.now });
    if (likeness === 1) break;
  }
  const { answer, comparison, state, now } = trials.reduce((best, trial) =>
    trial.likeness > best.likeness ? trial : best,
  );
  azure.restore(state);
  time.now = now;
  bind(bindings, exchange, answer);
  return comparison;
};

type Trial = { answer: Answer; comparison: Comparison; likeness: number; state: State; now: number };

/** 1 where all is alike. An address to poll and one of a resource are not, though both are a header that is there. */
const likenessOf = (recorded: Exchange, ours: Answer, { score }: Comparison): number => {
  const leadsOn = isOperation(recorded.headers['location']) === isOperation(ours.headers.get('location') ?? undefined);
  if (score.status.matched === 0) return 0;
  const parts = Object.values(score).filter(({ of }) => of > 0);
  const matched = parts.reduce((total, { matched, of }) => total + matched / of, 0);
  return (matched + Number(leadsOn)) / (parts.length + 1);
};

const sendOnce = async (world: World, exchange: Exchange, session: Exchange[]): Promise<Answer> => {
  const { azure, location, bindings } = world;
  const destination = destinationOf(exchange.url);
  const vaultName = destination.to === 'vault' ? destination.vaultName : undefined;
  const audience = vaultName === undefined ? arm : vaultAudience;
  const body = sentBody(exchange, { session, location, state: azure.state });
  const leave = vaultName === undefined ? undefined : enter(azure, vaultName, exchange);
  const { pageSize } = azure.control.readSettings();
  azure.control.changeSettings({ pageSize: pageSizeIn(exchange) ?? pageSize });
  try {
    return await send(
      world,
      exchange.method,
      (exchange.method === 'GET' ? boundAddress(bindings, exchange.url) : undefined) ??
        ourAddress(world, exchange.url, vaultName),
      body === undefined ? undefined : asSent(exchange, boundWithin(bindings, body), azure),
      tokenOf(azure, exchange, audience, vaultName) ?? null,
    );
  } catch (error) {
    // A vault that is not there has no host name: the call fails as a look-up would.
    return { status: 0, headers: new Headers(), body: { error: { code: String((error as { code?: string }).code) } } };
  } finally {
    leave?.();
    azure.control.changeSettings({ pageSize });
  }
};

/** What Azure refused for its content is sent as it is. */
const asSent = ({ status }: Exchange, body: Json, azure: LocalAzure): Json =>
  status === 400 ? body : withIds(body, azure);

/** Ids of a tenant or a principal that a recorder replaced by a word become ours. */
const withIds = (value: Json, azure: LocalAzure): Json => {
  if (Array.isArray(value)) return value.map((entry) => withIds(entry, azure));
  if (!isObject(value)) return value;
  const ids: Record<string, string> = { tenantId: azure.state.tenantId, objectId: azure.principals.owner.objectId };
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      typeof inner === 'string' && !isGuid(inner) ? (ids[key] ?? inner) : withIds(inner, azure),
    ]),
  );
};

const ourAddress = ({ bindings }: World, url: string, vaultName: string | undefined): string => {
  const { path, query } = partsOf(url);
  const host = vaultName === undefined ? arm : `https://${vaultName}.vault.localhost`;
  return `${host}${bound(bindings, path)}${query === '' ? '' : `?${bound(bindings, query)}`}`;
};

/** As many entries as the recorded page had before it went on. */
const pageSizeIn = ({ body }: Exchange): number | undefined => {
  const { value, nextLink } = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {};
  return typeof nextLink === 'string' && Array.isArray(value) && value.length > 0 ? value.length : undefined;
};
