/** Makes in a local Azure what a recorded session presupposes. */
import { fold } from '../../arm/path.ts';
import { registrationKey } from '../../arm/registration.ts';
import { isAtOrBelow } from '../../arm/rights.ts';
import type { KeyVaultSyncStatus } from '../../data-box-edge/state.ts';
import { objectIn, textIn, type JsonObject } from '../../json.ts';
import type { State } from '../../state.ts';
import { findDeletedVault, findVault } from '../../vault/store.ts';
import { makeBackup, makeSecret } from './establish-secrets.ts';
import { errorOf } from './exchange.ts';
import type { Presupposition } from './presupposition.ts';
import { fullBody, kindOf, nameOf, plainBody, typeOf } from './resources.ts';
import { linkMembers } from './sent.ts';
import { anHourAgo, arm, send, type World } from './world.ts';

/** Makes it so, unless it is so. Returns why it could not be made, if so. */
export const establish = async (world: World, presupposed: Presupposition): Promise<string | undefined> => {
  try {
    await make(world, presupposed);
    return undefined;
  } catch (error) {
    return `presupposed and not made: ${(error as Error).message}`;
  }
};

const make = async (world: World, presupposed: Presupposition): Promise<void> => {
  const { control, state } = world.azure;
  switch (presupposed.is) {
    case 'registered':
    case 'registering':
    case 'unregistering':
    case 'unregistered':
      makeRegistration(world, presupposed);
      return;
    case 'resource':
      await makeResource(world, presupposed.id, presupposed.view);
      return;
    case 'activated':
      activate(state, presupposed.id, presupposed.view);
      return;
    case 'linked':
      await link(world, presupposed.id, presupposed.view);
      return;
    case 'deleted vault':
      await makeDeletedVault(world, presupposed.id, presupposed.view);
      return;
    case 'taken name':
      await takeName(world, presupposed.type, presupposed.name);
      return;
    case 'lock':
      control.putLock({ scope: presupposed.scope, name: lockByHearsay, level: presupposed.level });
      return;
    case 'no lock':
      forgetLocks(state, presupposed.scope);
      return;
    case 'secret':
    case 'deleted secret':
    case 'secret being deleted':
      makeSecret(world, presupposed);
      return;
    case 'backup':
      await makeBackup(world, presupposed);
  }
};

const makeRegistration = (
  { azure, time }: World,
  { is, subscriptionId, namespace }: Extract<Presupposition, { namespace: string }>,
): void => {
  azure.state.registrations[registrationKey(subscriptionId, namespace)] ??= {
    registered: { registeredAt: 0 },
    registering: { registeredAt: time.now + aWhile },
    unregistering: { unregisteredAt: time.now + aWhile },
    unregistered: { unregisteredAt: 0 },
  }[is];
};

/** As long as an answer shows it as not finished. */
const aWhile = 2000;

/** With all that the recording shows of it; where that is refused, with what it takes to exist. */
const makeResource = async (world: World, id: string, view: JsonObject): Promise<void> => {
  const { apiVersion = '' } = kindOf(id) ?? {};
  const { state } = world.azure;
  const url = `${arm}${id}?api-version=${apiVersion}`;
  if (findDeletedVault(state, nameOf(id), world.time.now) || (await send(world, 'GET', url)).status === 200) return;
  if (typeOf(id) === 'microsoft.authorization/locks') {
    putLock(world, id, view);
    return;
  }
  for (const bodyFrom of [fullBody, plainBody]) {
    const sent = bodyFrom(id, view, state.tenantId, world.location);
    const { status, body } = await anHourAgo(world, () => send(world, 'PUT', url, sent));
    if (status < 300) break;
    if (bodyFrom === plainBody)
      throw new Error(`${id.split('/').slice(-2).join('/')}, ${status} ${errorOf(body).code}`);
  }
  const vault = findVault(state, nameOf(id));
  if (vault && objectIn(view, 'properties')['provisioningState'] === 'RegisteringDns') {
    vault.reachableFrom = world.time.now + aWhile;
  }
};

/** Also on a resource of a type that is not served. */
const putLock = ({ azure }: World, id: string, view: JsonObject): void => {
  const { level, notes } = objectIn(view, 'properties');
  azure.control.putLock({
    scope: id.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, ''),
    name: nameOf(id),
    level: level === 'ReadOnly' ? level : 'CanNotDelete',
    ...(typeof notes === 'string' ? { notes } : {}),
  });
};

const lockByHearsay = 'presupposed';

/** Somebody took it off: the recording does not show who. */
const forgetLocks = ({ locks }: State, id: string): void => {
  for (const [key, { name, scope }] of Object.entries(locks)) {
    if (name === lockByHearsay && (isAtOrBelow(scope, id) || isAtOrBelow(id, scope))) delete locks[key];
  }
};

/** How far the device has synchronised is its own to say: no client can. */
const link = async (world: World, id: string, record: JsonObject): Promise<void> => {
  const device = world.azure.state.dataBoxEdge.devices[fold(id)];
  if (!device || device.link.clientSecretStoreId !== undefined) return;
  const named = Object.fromEntries(linkMembers.flatMap((member) => (record[member] ? [[member, record[member]]] : [])));
  await send(world, 'POST', `${arm}${id}/updateExtendedInformation?api-version=2021-06-01`, named);
  device.syncStatus = (textIn(record, 'keyVaultSyncStatus') as KeyVaultSyncStatus | undefined) ?? device.syncStatus;
};

const activate = (state: State, id: string, view: JsonObject): void => {
  const device = state.dataBoxEdge.devices[fold(id)];
  const properties = objectIn(view, 'properties');
  if (!device) return;
  device.activation ??= {
    serialNumber: textIn(properties, 'serialNumber') ?? 'SERIAL',
    friendlyName: textIn(properties, 'friendlyName') ?? device.name,
    deviceSoftwareVersion: textIn(properties, 'deviceSoftwareVersion') ?? '2.2.1515.0',
    nodeInstanceId: '00000000-0000-0000-0000-000000000001',
  };
};

const makeDeletedVault = async (world: World, id: string, view: JsonObject): Promise<void> => {
  const { azure, time } = world;
  const vaultName = nameOf(id);
  if (findDeletedVault(azure.state, vaultName, time.now)) return;
  const [, subscriptionId = ''] = /^\/subscriptions\/([^/]+)/i.exec(id) ?? [];
  makeRegistration(world, { is: 'registered', subscriptionId, namespace: 'Microsoft.KeyVault' });
  await makeResource(world, id.split('/').slice(0, 5).join('/'), {});
  await makeResource(world, id, view);
  azure.control.softDeleteVault({ vaultName });
};

/** By a stranger: a vault in another subscription, an account in another group. */
const takeName = async (world: World, type: 'vault' | 'account', name: string): Promise<void> => {
  const { state, control } = world.azure;
  if (type === 'vault') {
    if (!findVault(state, name)) control.putStrangersVault({ name });
    return;
  }
  if (state.storageAccounts[fold(name)]) return;
  const [subscriptionId = ''] = Object.keys(state.subscriptions);
  const group = `/subscriptions/${subscriptionId}/resourceGroups/strangers`;
  makeRegistration(world, { is: 'registered', subscriptionId, namespace: 'Microsoft.Storage' });
  await makeResource(world, group, {});
  await makeResource(world, `${group}/providers/Microsoft.Storage/storageAccounts/${name}`, {});
};
