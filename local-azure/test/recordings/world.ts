/** A local Azure with the ids of a recorded session. */
import { fold } from '../../arm/path.ts';
import { owner as ownerRole, roleNamed } from '../../entra/roles.ts';
import { createLocalAzure, type LocalAzure } from '../../index.ts';
import { parseJson, type Json } from '../../json.ts';
import { pooledCertificates } from '../certificates.ts';
import { noBindings, type Answer, type Bindings } from './bindings.ts';
import { requestOf, type Exchange } from './exchange.ts';
import { subscriptionsIn } from './views.ts';

export const arm = 'https://management.localhost';
export const vaultAudience = 'https://vault.localhost';

export type World = {
  azure: LocalAzure;
  /** Milliseconds; can be put back as well, so that one request can be tried at several times. */
  time: { now: number };
  /** In which untold resources stand: the one that the session names most. */
  location: string;
  bindings: Bindings;
};

/** Nothing but the subscriptions and the tenant that the session names, and their owner. */
export const createWorld = async (session: Exchange[]): Promise<World> => {
  const time = { now: Date.UTC(2026, 0, 1) };
  const azure = createLocalAzure({ clock: { now: () => time.now }, certificates: await pooledCertificates() });
  const { state } = azure;
  state.tenantId = mostFrequent(matchesIn(session, /"tenantId":"([0-9a-f-]{36})"/gi)) ?? state.tenantId;
  for (const principal of Object.values(state.principals)) principal.tenantId = state.tenantId;
  const subscriptions = subscriptionsIn(session.filter(({ body }) => !saysThatNoSubscription(body)));
  state.subscriptions = {};
  const { objectId } = azure.principals.owner;
  for (const id of subscriptions) {
    state.subscriptions[id] = { id, displayName: 'Recorded' };
    for (const role of [ownerRole, roleNamed('Key Vault Secrets Officer')]) {
      state.roleAssignments.push({ objectId, scope: `/subscriptions/${id}`, role: structuredClone(role) });
    }
  }
  const location = mostFrequent(matchesIn(session, /"location":"([a-z0-9]+)"/gi)) ?? 'eastus';
  return { azure, time, location, bindings: noBindings() };
};

const saysThatNoSubscription = (body: Json): boolean => JSON.stringify(body).includes('"SubscriptionNotFound"');

const matchesIn = (session: Exchange[], pattern: RegExp): string[] =>
  session.flatMap(({ req, body }) =>
    [...`${JSON.stringify(requestOf({ req }) ?? null)}${JSON.stringify(body)}`.matchAll(pattern)].map(
      ([, found = '']) => fold(found),
    ),
  );

const mostFrequent = (texts: string[]): string | undefined =>
  [...Map.groupBy(texts, (text) => text)].toSorted(([, one], [, other]) => other.length - one.length)[0]?.[0];

export const send = async (
  { azure }: Pick<World, 'azure'>,
  method: string,
  url: string,
  body?: Json,
  token: string | null = tokenFor(azure, url),
): Promise<Answer> => {
  const answer = await azure.fetch(
    new Request(url, {
      method,
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      ...(body === undefined || method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: parseJson(text) ?? text };
};

const tokenFor = (azure: LocalAzure, url: string): string =>
  azure.issueToken(azure.principals.owner, url.startsWith(arm) ? arm : vaultAudience);

const anHour = 3_600_000;

/** What is begun there has ended by now, and no time has passed. */
export const anHourAgo = async <Result>({ time }: World, act: () => Promise<Result>): Promise<Result> => {
  time.now -= anHour;
  return await act().finally(() => {
    time.now += anHour;
  });
};
