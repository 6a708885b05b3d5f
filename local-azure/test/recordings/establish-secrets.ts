/** Makes secrets that a recorded session presupposes: by hand, since no request chooses a version's id or its times. */
import { fold } from '../../arm/path.ts';
import { objectIn, tagsIn, textIn, type JsonObject } from '../../json.ts';
import { hex } from '../../random.ts';
import type { Secret, SecretVersion } from '../../vault/secret.ts';
import { findVault } from '../../vault/store.ts';
import { purgeDate, type Vault } from '../../vault/vault.ts';
import { bindValue } from './bindings.ts';
import { enter } from './caller.ts';
import type { Presupposition } from './presupposition.ts';
import { send, type World } from './world.ts';

type PresupposedSecret = Extract<Presupposition, { is: 'secret' | 'deleted secret' | 'secret being deleted' }>;

/** What Azure takes to show a deleted secret. */
const aWhile = 2000;

export const makeSecret = (world: World, { is, vaultName, name, view }: PresupposedSecret): void => {
  const { now } = world.time;
  const vault = vaultNamed(world, vaultName);
  const secret = withVersion(world, vault, name, view);
  if (is === 'secret') delete secret.deletion;
  else {
    const visibleFrom = is === 'deleted secret' ? now : now + aWhile;
    secret.deletion ??= { at: now, visibleFrom, purgeAt: purgeDate(vault, now) };
  }
};

/** A backup of a secret that is no more, in the place of the recorded one. */
export const makeBackup = async (
  world: World,
  { vaultName, name, view, value }: Extract<Presupposition, { is: 'backup' }>,
): Promise<void> => {
  const vault = vaultNamed(world, vaultName);
  const before = vault.secrets[fold(name)];
  delete vault.secrets[fold(name)];
  withVersion(world, vault, name, view);
  enter(world.azure, vaultName);
  const { body } = await send(
    world,
    'POST',
    `https://${vaultName}.vault.localhost/secrets/${name}/backup?api-version=7.4`,
  );
  bindValue(world.bindings, value, textIn(body as JsonObject, 'value') ?? '');
  delete vault.secrets[fold(name)];
  if (before) vault.secrets[fold(name)] = before;
};

const vaultNamed = ({ azure }: World, name: string): Vault => {
  const vault = findVault(azure.state, name);
  if (vault) return vault;
  throw new Error(`the vault ${name} is not there`);
};

/** The secret with the version that is shown, or any; the oldest first. */
const withVersion = ({ azure, time }: World, vault: Vault, name: string, view: JsonObject): Secret => {
  const secret = (vault.secrets[fold(name)] ??= { name, versions: [] });
  const shown = /^[0-9a-f]{32}$/i.exec(textIn(view, 'id')?.split('/')[5] ?? '')?.[0];
  if (secret.versions.some(({ version }) => shown === undefined || version === fold(shown))) return secret;
  secret.versions.push(versionFrom(view, fold(shown ?? hex(azure.state)), Math.floor(time.now / 1000)));
  secret.versions.sort((one, other) => one.attributes.created - other.attributes.created);
  return secret;
};

const versionFrom = (view: JsonObject, version: string, now: number): SecretVersion => {
  const { enabled, exp, nbf, created, updated } = objectIn(view, 'attributes');
  const contentType = textIn(view, 'contentType');
  return {
    version,
    value: textIn(view, 'value') ?? 'presupposed',
    ...(contentType === undefined ? {} : { contentType }),
    ...('tags' in view ? { tags: tagsIn(view) } : {}),
    attributes: {
      enabled: enabled !== false,
      ...(typeof exp === 'number' ? { exp } : {}),
      ...(typeof nbf === 'number' ? { nbf } : {}),
      created: typeof created === 'number' ? created : now,
      updated: typeof updated === 'number' ? updated : now,
    },
  };
};
