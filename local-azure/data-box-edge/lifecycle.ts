import { empty, json, refuse } from '../arm/answers.ts';
import { assertSameLocation, locationOf } from '../arm/locations.ts';
import { page } from '../arm/paging.ts';
import type { ArmCall, Handler } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { sentTags } from '../arm/tags.ts';
import { addManagedIdentity, removePrincipal } from '../entra/principals.ts';
import { objectIn, textIn, type JsonObject } from '../json.ts';
import { guid } from '../random.ts';
import type { State } from '../state.ts';
import { addDevice, deviceBody, deviceOf, deviceType, findDevice, forgetGoneDevices, listedDevice } from './device.ts';
import { accepted, operationResult, stillRunning } from './operations.ts';
import type { EdgeDevice } from './state.ts';

/** PUT answers 200 for a new device as well, at once (recorded). */
export const putDevice: Handler = (call) => {
  const location = locationOf(call.body, call.target);
  const existing = findDevice(call.state, call.target.id);
  if (existing) assertStays(existing);
  if (existing) assertSameLocation({ ...existing, group: existing.resourceGroup }, location);
  const device = existing ?? newDevice(call, location);
  device.tags = sentTags(call.body);
  return changed(call, device);
};

/** What an `edgeProfile` changes is assumed. */
export const patchDevice: Handler = (call) => {
  const device = deviceOf(call);
  assertStays(device);
  if (call.body['tags'] !== undefined) device.tags = sentTags(call.body);
  const id = textIn(objectIn(objectIn(call.body, 'edgeProfile'), 'subscription'), 'id');
  if (id !== undefined) device.registration.id = id;
  return changed(call, device);
};

export const getDevice: Handler = (call) => json(200, deviceBody(deviceOf(call), call.state.tenantId));

export const listDevices: Handler = (call) => {
  const { state, target } = call;
  const listed = Object.values(state.dataBoxEdge.devices).filter(({ id }) => isAtOrBelow(id, target.scope));
  return page(
    call,
    listed.map((device) => listedDevice(device, state.tenantId)),
  );
};

/** 202 and a Location that answers 204 in the end (recorded). What deletion of an online device answers is not known. */
export const deleteDevice: Handler = (call) => {
  const { state, target, now, settings } = call;
  const device = findDevice(state, target.id);
  if (!device) return empty(204);
  device.goneAt ??= now + settings.deletion;
  const operation = guid(state);
  state.dataBoxEdge.deletions.push({ operation, endsAt: device.goneAt });
  return accepted(call, `/operationResults/${operation}`, device.goneAt);
};

/** A poll of whatever is under way with the device itself. That of its deletion outlives it. */
export const deviceOperationResult: Handler = (call) => {
  const deletion = call.state.dataBoxEdge.deletions.find(({ operation }) => operation === call.target.names[1]);
  if (!deletion) return operationResult(call);
  return deletion.endsAt > call.now ? stillRunning(call, deletion.endsAt) : empty(204);
};

const day = 86_400_000;

/** Devices whose deletion is over, and the deletions that nobody asks about any more (a day is assumed). */
export const ripenDevices = (state: State, now: number): void => {
  forgetGoneDevices(state, now);
  const { dataBoxEdge } = state;
  dataBoxEdge.deletions = dataBoxEdge.deletions.filter(({ endsAt }) => endsAt + day > now);
};

/** The devices of a deleted resource group go with it, their identities too. */
export const forgetDevicesOf = (state: State, group: string, now: number): void => {
  for (const device of Object.values(state.dataBoxEdge.devices)) {
    if (isAtOrBelow(device.id, group)) device.goneAt = now;
  }
  forgetGoneDevices(state, now);
};

const newDevice = ({ state, target, body, now }: ArmCall, location: string): EdgeDevice => {
  const name = target.names[0] ?? '';
  assertName(name);
  const sku = { name: textIn(objectIn(body, 'sku'), 'name') ?? 'Edge', tier: 'Standard' };
  return addDevice(state, { id: target.id, name, resourceGroup: target.resourceGroup ?? '', location, sku }, now);
};

/** Else a change would be accepted and lost with the device. Status and code assumed. */
const assertStays = ({ name, goneAt }: EdgeDevice): void => {
  if (goneAt === undefined) return;
  throw refuse(409, 'ResourceIsBeingDeleted', `The device '${name}' is being deleted and cannot be changed.`);
};

/** Rule documented; status and code assumed. */
const assertName = (name: string): void => {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,48}[A-Za-z0-9]$/.test(name)) return;
  throw refuse(
    400,
    'InvalidResourceName',
    `The name '${name}' of a ${deviceType} is not valid: 2 to 50 letters, digits and hyphens, no hyphen at its ends.`,
  );
};

/** PUT and PATCH answer alike: with the move details that GET leaves out (recorded). */
const changed = (call: ArmCall, device: EdgeDevice): Response => {
  applyIdentity(call, device, objectIn(call.body, 'identity'));
  device.changedAt = call.now;
  const body = deviceBody(device, call.state.tenantId);
  const resourceMoveDetails = { operationInProgress: 'None' };
  return json(200, { ...body, properties: { ...body.properties, resourceMoveDetails } });
};

/** A body without identity leaves it as it is (assumed). An identity lost and given again is a new principal. */
const applyIdentity = ({ state }: ArmCall, device: EdgeDevice, identity: JsonObject): void => {
  const type = textIn(identity, 'type')?.toLowerCase();
  if (type === 'systemassigned') device.principalId ??= addManagedIdentity(state, device.name).objectId;
  if (type === 'none' && device.principalId !== undefined) {
    removePrincipal(state, device.principalId);
    delete device.principalId;
  }
};
