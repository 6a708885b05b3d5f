import type { EdgeDevice } from '../data-box-edge/state.ts';
import { isObject, objectIn, parseJson, textIn, type JsonObject } from '../json.ts';
import { DeviceRefusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';

/** A device's linked vault as its own identity sees it: through requests, so that firewall and policies apply. */
export type DeviceVault = {
  read(name: string, version: string): Promise<string>;
  /** Returns where the value lies: `secrets/NAME/VERSION`. */
  write(name: string, value: string): Promise<string>;
};

const API_VERSION = '7.4';

/** Signs in to the linked vault as its challenge says. Throws a `DeviceRefusal`, as do the calls of what it returns. */
export const openVault = async (surroundings: Surroundings, device: EdgeDevice): Promise<DeviceVault> => {
  const url = device.link.clientSecretStoreUrl?.replace(/\/+$/, '');
  if (url === undefined)
    throw new DeviceRefusal('VaultNotLinked', `No key vault is linked to device "${device.name}".`);
  if (!URL.canParse(url)) throw unreachable(`"${url}" is no address.`);
  const identity = surroundings.state.principals[device.principalId ?? ''];
  if (!identity) throw new DeviceRefusal('DeviceHasNoIdentity', `Device "${device.name}" has no managed identity.`);
  const audience = await audienceOf(surroundings, `${url}/secrets`);
  const authorization = `Bearer ${surroundings.issueToken(identity, audience)}`;
  const call = (path: string, init: RequestInit) =>
    ask(surroundings, `${url}/${path}`, { ...init, headers: { authorization, 'content-type': 'application/json' } });
  return {
    read: async (name, version) =>
      textIn(secretIn(await call(`secrets/${name}/${version}`, { method: 'GET' })), 'value') ?? '',
    write: async (name, value) => {
      const answer = await call(`secrets/${name}`, { method: 'PUT', body: JSON.stringify({ value }) });
      return idIn(answer);
    },
  };
};

type Answer = { status: number; headers: Headers; body: string };

const ask = async (surroundings: Surroundings, url: string, init: RequestInit): Promise<Answer> => {
  try {
    const response = await surroundings.fetch(new Request(`${url}?api-version=${API_VERSION}`, init));
    return { status: response.status, headers: response.headers, body: await response.text() };
  } catch {
    throw unreachable(`${new URL(url).host} does not answer.`);
  }
};

/** The resource that the vault's challenge names (recorded form). A closed firewall answers before any challenge. */
const audienceOf = async (surroundings: Surroundings, url: string): Promise<string> => {
  const { status, headers } = await ask(surroundings, url, { method: 'GET' });
  const resource = /resource="([^"]+)"/.exec(headers.get('www-authenticate') ?? '')?.[1];
  if (resource !== undefined) return resource;
  throw unreachable(`${new URL(url).host} answers ${status} instead of asking who is there.`);
};

/** The device cannot tell a deleted vault from a closed network (documented). */
const unreachable = (detail: string): DeviceRefusal =>
  new DeviceRefusal('VaultUnreachable', `The key vault cannot be reached: ${detail}`);

/** `secrets/NAME/VERSION` */
const idIn = (answer: Answer): string => {
  const id = textIn(secretIn(answer), 'id') ?? '';
  if (URL.canParse(id)) return new URL(id).pathname.slice(1);
  throw unreachable('it answers something that is no secret.');
};

const secretIn = ({ status, body }: Answer): JsonObject => {
  if (status >= 500 || status === 429) throw unreachable(`it answers ${status}.`);
  const answer = parseJson(body);
  if (!isObject(answer)) throw unreachable('it answers something that is no JSON.');
  if (status === 200) return answer;
  const error = objectIn(answer, 'error');
  const reason = textIn(objectIn(error, 'innererror'), 'code') ?? textIn(error, 'code');
  const message = textIn(error, 'message') ?? '';
  if (status === 404 || reason === 'SecretDisabled') {
    throw new DeviceRefusal('ChannelIntegrityKeyMissing', message);
  }
  throw new DeviceRefusal('VaultAccessDenied', `The key vault refuses the device's identity: ${message}`);
};
