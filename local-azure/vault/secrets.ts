import { json } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { Exchange } from '../exchange.ts';
import { isObject, tagsIn, textIn, type Json, type JsonObject } from '../json.ts';
import { hex } from '../random.ts';
import { refuseData } from './answers.ts';
import { attributesIn, deletedBody, itemBody, secretBody } from './secret-body.ts';
import type { Secret, SecretVersion } from './secret.ts';
import { findSecret } from './store.ts';
import { listOf } from './secret-list.ts';
import { purgeDate, type Vault } from './vault.ts';

/** A permitted call on the secrets of a vault. */
export type SecretCall = Exchange & { vault: Vault; names: string[]; body: JsonObject };

export type SecretRoute = {
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

const live = ({ vault, now }: SecretCall): Secret[] =>
  Object.keys(vault.secrets)
    .flatMap((name) => findSecret(vault, name, now) ?? [])
    .filter((secret) => !secret.deletion && (secret.readableFrom ?? 0) <= now);

const readable = (call: SecretCall): Secret => {
  const [name = ''] = call.names;
  const secret = live(call).find((candidate) => fold(candidate.name) === fold(name));
  if (secret) return secret;
  throw notFound(name);
};

const versionOf = ({ names }: SecretCall, secret: Secret): SecretVersion => {
  const [, wanted] = names;
  const version = wanted === undefined ? latest(secret) : secret.versions.find((kept) => kept.version === fold(wanted));
  if (version) return version;
  throw notFound(`${secret.name}/${wanted ?? ''}`);
};

const latest = ({ versions, name }: Secret): SecretVersion => {
  const version = versions.at(-1);
  if (version) return version;
  throw notFound(name);
};

const deletedOne = ({ vault, names, now }: SecretCall): Secret => {
  const [name = ''] = names;
  const secret = findSecret(vault, name, now);
  if (secret?.deletion && secret.deletion.visibleFrom <= now) return secret;
  throw refuseData(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
};

const notFound = (name: string): Error =>
  refuseData(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able ` +
      'to recover it using the correct recovery command. For help resolving this issue, please see ' +
      'https://go.microsoft.com/fwlink/?linkid=2125182',
  );

const beingDeletedOrDeleted = ({ name, deletion }: Secret, now: number): Error =>
  deletion && deletion.visibleFrom > now
    ? refuseData(
        409,
        'Conflict',
        `Secret ${name} is currently being deleted and cannot be re-created; retry later.`,
        'ObjectIsBeingDeleted',
      )
    : refuseData(
        409,
        'Conflict',
        `Secret ${name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the ` +
          'secret can only be recovered or purged.',
        'ObjectIsDeletedButRecoverable',
      );

/** Limits of Azure docs: value 25 kB, content type 255, fifteen tags of 256 characters each way. */
const assertLimits = (name: string, value: string, body: JsonObject): void => {
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name)) {
    throw badParameter(
      'The request URI contains an invalid name: ' +
        `${name}. It must be 1 to 127 characters long and contain only letters, digits and hyphens.`,
    );
  }
  if (Buffer.byteLength(value) > 25_600) throw badParameter('The value exceeds the maximum length of 25600 bytes.');
  if ((textIn(body, 'contentType') ?? '').length > 255) {
    throw badParameter('The contentType exceeds the maximum length of 255 characters.');
  }
  const tags = Object.entries(tagsIn(body));
  if (tags.length > 15) throw badParameter('The number of tags exceeds the maximum of 15.');
  if (tags.some(([key, text]) => key.length > 256 || text.length > 256)) {
    throw badParameter('A tag exceeds the maximum length of 256 characters.');
  }
};

const badParameter = (message: string): Error => refuseData(400, 'BadParameter', message);

const routes: Readonly<Record<string, SecretRoute>> = {
  'PUT secrets/{}': { permission: 'set', rbacAction: 'setSecret/action', run: set },
  'GET secrets/{}': { permission: 'get', rbacAction: 'getSecret/action', run: get },
  'GET secrets/{}/{}': { permission: 'get', rbacAction: 'getSecret/action', run: get },
  'PATCH secrets/{}': { permission: 'set', rbacAction: 'update/action', run: update },
  'PATCH secrets/{}/{}': { permission: 'set', rbacAction: 'update/action', run: update },
  'DELETE secrets/{}': { permission: 'delete', rbacAction: 'delete', run: remove },
  'GET secrets': { permission: 'list', rbacAction: 'readMetadata/action', run: list },
  'GET secrets/{}/versions': { permission: 'list', rbacAction: 'readMetadata/action', run: listVersions },
  'GET deletedsecrets': { permission: 'list', rbacAction: 'readMetadata/action', run: listDeleted },
  'GET deletedsecrets/{}': { permission: 'get', rbacAction: 'readMetadata/action', run: showDeleted },
  'POST deletedsecrets/{}/recover': { permission: 'recover', rbacAction: 'recover/action', run: recover },
};

/** The route of a path in any case, with or without a slash at its end (clients send both, recorded). */
export const secretRoute = (method: string, pathname: string): { route: SecretRoute; names: string[] } | undefined => {
  const segments = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const [collection = '', ...names] = segments;
  const verb = ['versions', 'recover'].find((word) => fold(names[1] ?? '') === word);
  const shape = [fold(collection), ...names.map((_, index) => (index === 1 && verb ? verb : '{}'))].join('/');
  const route = routes[`${method} ${shape}`];
  return route && { route, names: verb ? names.slice(0, 1) : names };
};

export const readSecretBody = async (request: Request): Promise<JsonObject> => {
  const text = await request.text();
  if (text === '') return {};
  const body = parsed(text);
  if (isObject(body)) return body;
  throw badParameter('The request body is not a JSON object.');
};

const parsed = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
};
