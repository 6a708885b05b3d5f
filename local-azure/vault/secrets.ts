import { json } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { Exchange } from '../exchange.ts';
import { isObject, tagsIn, textIn, parseJson, type JsonObject } from '../json.ts';
import { hex } from '../random.ts';
import { badParameter, refuseData } from './answers.ts';
import { attributesIn, deletedBody, itemBody, secretBody } from './secret-body.ts';
import type { SecretVersion } from './secret.ts';
import { findSecret } from './store.ts';
import { assertLimits } from './secret-limits.ts';
import { listOf } from './secret-list.ts';
import { beingDeletedOrDeleted, deletedOne, latest, live, readable, versionOf } from './secret-lookup.ts';
import { purgeDate, type Vault } from './vault.ts';

/** A permitted call on the secrets of a vault. */
export type SecretCall = Exchange & { vault: Vault; names: string[]; body: JsonObject };

export type SecretRoute = {
  /** Its name in the audit log (documented). */
  operation: `Secret${string}`;
  /** The word of an access policy. */
  permission: 'get' | 'list' | 'set' | 'delete' | 'recover';
  /** The data action of the other permission model, after `Microsoft.KeyVault/vaults/secrets/`. */
  rbacAction: string;
  run: (call: SecretCall) => Response;
};

const set = (call: SecretCall): Response => {
  const { state, now, vault, names, body } = call;
  const [name = ''] = names;
  const value = textIn(body, 'value');
  if (value === undefined) throw badParameter('The parameter value is required.');
  assertLimits(name, value, body);
  const secret = findSecret(vault, name, now);
  if (secret?.deletion) throw beingDeletedOrDeleted(secret, now);
  const seconds = Math.floor(now / 1000);
  const contentType = textIn(body, 'contentType');
  const version: SecretVersion = {
    version: hex(state, 32),
    value,
    ...(contentType === undefined ? {} : { contentType }),
    ...(isObject(body['tags']) ? { tags: tagsIn(body) } : {}),
    attributes: { enabled: true, ...attributesIn(body), created: seconds, updated: seconds },
  };
  vault.secrets[fold(name)] = {
    ...secret,
    name: secret?.name ?? name,
    versions: [...(secret?.versions ?? []), version],
  };
  return json(200, secretBody(call, secret?.name ?? name, version));
};

const get = (call: SecretCall): Response => {
  const secret = readable(call);
  const version = versionOf(call, secret);
  if (!version.attributes.enabled) {
    throw refuseData(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
  }
  return json(200, secretBody(call, secret.name, version));
};

/** Changes what is said and leaves the rest; the value never changes. */
const update = (call: SecretCall): Response => {
  const { now, body } = call;
  const secret = readable(call);
  const version = versionOf(call, secret);
  const contentType = textIn(body, 'contentType');
  const changed: SecretVersion = {
    ...version,
    ...(contentType === undefined ? {} : { contentType }),
    ...(isObject(body['tags']) ? { tags: tagsIn(body) } : {}),
    attributes: { ...version.attributes, ...attributesIn(body), updated: Math.floor(now / 1000) },
  };
  secret.versions = secret.versions.map((kept) => (kept === version ? changed : kept));
  return json(200, itemBody(call, secret.name, changed, 'with version'));
};

const list = (call: SecretCall): Response =>
  listOf(
    call,
    live(call).flatMap((secret) => secret.versions.slice(-1).map((version) => itemBody(call, secret.name, version))),
  );

const listVersions = (call: SecretCall): Response => {
  const secret = live(call).find(({ name }) => fold(name) === fold(call.names[0] ?? ''));
  const versions = secret?.versions ?? [];
  return listOf(
    call,
    versions.map((version) => itemBody(call, secret?.name ?? '', version, 'with version')),
  );
};

/** Takes all versions. Eventual: it can be seen among the deleted a while later (recorded). */
const remove = (call: SecretCall): Response => {
  const { now, settings, vault, names } = call;
  const secret = findSecret(vault, names[0] ?? '', now);
  if (secret?.deletion && secret.deletion.visibleFrom > now) throw beingDeletedOrDeleted(secret, now);
  const found = readable(call);
  found.deletion = { at: now, visibleFrom: now + settings.secretDeletion, purgeAt: purgeDate(vault, now) };
  return json(200, deletedBody(call, found));
};

const showDeleted = (call: SecretCall): Response => json(200, deletedBody(call, deletedOne(call)));

const listDeleted = (call: SecretCall): Response =>
  listOf(
    call,
    Object.keys(call.vault.secrets)
      .flatMap((name) => findSecret(call.vault, name, call.now) ?? [])
      .filter(({ deletion }) => deletion && deletion.visibleFrom <= call.now)
      .map((secret) => deletedBody(call, secret, 'without version')),
  );

/** Eventual too: it can be read again a while later (recorded). */
const recover = (call: SecretCall): Response => {
  const { now, settings, vault, names } = call;
  const [name = ''] = names;
  const live = findSecret(vault, name, now);
  if (live && !live.deletion) {
    throw refuseData(400, 'MethodNotAllowed', `Secret exists already: ${name}`, 'RequestNotAllowedOnNonDeletedObject');
  }
  if (live?.deletion && live.deletion.visibleFrom > now) {
    throw refuseData(409, 'Conflict', `Secret ${name} is currently being deleted.`, 'ObjectIsBeingDeleted');
  }
  const secret = deletedOne(call);
  delete secret.deletion;
  secret.readableFrom = now + settings.secretRecovery;
  return json(200, itemBody(call, secret.name, latest(secret), 'with version'));
};

const routes: Readonly<Record<string, SecretRoute>> = {
  'PUT secrets/{}': { operation: 'SecretSet', permission: 'set', rbacAction: 'setSecret/action', run: set },
  'GET secrets/{}': { operation: 'SecretGet', permission: 'get', rbacAction: 'getSecret/action', run: get },
  'GET secrets/{}/{}': { operation: 'SecretGet', permission: 'get', rbacAction: 'getSecret/action', run: get },
  'PATCH secrets/{}': { operation: 'SecretUpdate', permission: 'set', rbacAction: 'update/action', run: update },
  'PATCH secrets/{}/{}': { operation: 'SecretUpdate', permission: 'set', rbacAction: 'update/action', run: update },
  'DELETE secrets/{}': { operation: 'SecretDelete', permission: 'delete', rbacAction: 'delete', run: remove },
  'GET secrets': { operation: 'SecretList', permission: 'list', rbacAction: 'readMetadata/action', run: list },
  'GET secrets/{}/versions': {
    operation: 'SecretListVersions',
    permission: 'list',
    rbacAction: 'readMetadata/action',
    run: listVersions,
  },
  'GET deletedsecrets': {
    operation: 'SecretListDeleted',
    permission: 'list',
    rbacAction: 'readMetadata/action',
    run: listDeleted,
  },
  'GET deletedsecrets/{}': {
    operation: 'SecretGetDeleted',
    permission: 'get',
    rbacAction: 'readMetadata/action',
    run: showDeleted,
  },
  'POST deletedsecrets/{}/recover': {
    operation: 'SecretRecover',
    permission: 'recover',
    rbacAction: 'recover/action',
    run: recover,
  },
};

/** A path that is not well encoded names nothing. */
const segmentsOf = (pathname: string): string[] => {
  try {
    return pathname.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return [];
  }
};

/** The route of a path in any case, with or without a slash at its end (clients send both, recorded). */
export const secretRoute = (method: string, pathname: string): { route: SecretRoute; names: string[] } | undefined => {
  const segments = segmentsOf(pathname);
  const [collection = '', ...names] = segments;
  const verb = ['versions', 'recover'].find((word) => fold(names[1] ?? '') === word);
  const shape = [fold(collection), ...names.map((_, index) => (index === 1 && verb ? verb : '{}'))].join('/');
  const route = routes[`${method} ${shape}`];
  return route && { route, names: verb ? names.slice(0, 1) : names };
};

/** The body of a request; empty when there was none. */
export const secretBodyOf = (text: string): JsonObject => {
  if (text === '') return {};
  const body = parseJson(text);
  if (isObject(body)) return body;
  throw badParameter('The request body is not a JSON object.');
};
