import { json } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import { isObject, tagsIn, textIn } from '../json.ts';
import { hex } from '../random.ts';
import { badParameter, disabled } from './answers.ts';
import { attributesIn, itemBody, secretBody } from './secret-body.ts';
import type { SecretCall } from './secret-call.ts';
import { assertLimits, assertName } from './secret-limits.ts';
import { listOf } from './secret-list.ts';
import { assertSettled, live, readable, versionOf } from './secret-lookup.ts';
import type { SecretVersion } from './secret.ts';
import { findSecret } from './store.ts';

export const setSecret = (call: SecretCall): Response => {
  const { state, now, vault, names, body } = call;
  const [name = ''] = names;
  const value = textIn(body, 'value');
  if (value === undefined) throw badParameter('The parameter value is required.');
  assertName(name);
  assertLimits(body);
  const secret = findSecret(vault, name, now);
  if (secret) assertSettled(secret, now);
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

/** Its times of validity are for the reader to judge: an expired secret can be read (documented). */
export const getSecret = (call: SecretCall): Response => {
  const secret = readable(call);
  const version = versionOf(call, secret);
  if (!version.attributes.enabled) throw disabled();
  return json(200, secretBody(call, secret.name, version));
};

/** Changes what is said and leaves the rest; the value never changes. */
export const updateSecret = (call: SecretCall): Response => {
  const { now, body } = call;
  assertLimits(body);
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

export const listSecrets = (call: SecretCall): Response =>
  listOf(
    call,
    live(call).flatMap(({ name, versions }) =>
      versions.slice(-1).map((version) => ({ key: fold(name), body: itemBody(call, name, version) })),
    ),
  );

/** None of a secret that is not there. */
export const listVersions = (call: SecretCall): Response => {
  const secret = live(call).find(({ name }) => fold(name) === fold(call.names[0] ?? ''));
  const versions = secret?.versions ?? [];
  return listOf(
    call,
    versions.map((version) => ({
      key: `${fold(secret?.name ?? '')}/${version.version}`,
      body: itemBody(call, secret?.name ?? '', version, 'with version'),
    })),
  );
};
