import { empty, json } from '../arm/answers.ts';
import { page } from '../arm/paging.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall, Handler, Route } from '../arm/provider.ts';
import type { Json, JsonObject } from '../json.ts';
import { deviceType, parentOf, pathOf } from './device.ts';
import { entityNotFound } from './errors.ts';
import { begin, endedOperations, operationResult } from './operations.ts';
import { assertDefault, DEFAULT } from './singleton.ts';
import type { EdgeDevice } from './state.ts';

/** A type of children that a device has, each with a name and properties and nothing else. */
export type ChildType = {
  /** As in a path: `orders`. */
  type: string;
  /** There can be but one, called `default`. */
  isSingleton?: true;
  /** What a PUT keeps of a body's properties; throws the refusal of them. */
  read: (properties: Json | undefined, path: string) => JsonObject;
  /** What is shown beyond what was put. */
  added?: JsonObject;
};

/** Made, changed and deleted by operations that take their time; until one ends the child is as before. */
export const childRoutes = (kind: ChildType): Record<string, Handler | Route> => {
  const path = `group/dataBoxEdgeDevices/{}/${kind.type}`;
  return {
    [`PUT ${path}/{}`]: (call) => putChild(call, kind),
    [`GET ${path}/{}`]: (call) => getChild(call, kind),
    [`GET ${path}`]: (call) => listChildren(call, kind),
    [`DELETE ${path}/{}`]: (call) => deleteChild(call, kind),
    [`GET ${path}/{}/operationResults/{}`]: { run: operationResult, poll: true },
  };
};

const putChild = (call: ArmCall, { type, isSingleton, read }: ChildType): Response => {
  const device = parentOf(call, type);
  if (isSingleton) assertDefault(call);
  const name = isSingleton ? DEFAULT : nameIn(call);
  const properties = read(call.body['properties'], 'properties');
  return begin(call, device, `/${type}/${name}`, { does: 'put', type, name, properties });
};

const getChild = (call: ArmCall, kind: ChildType): Response => {
  const child = childAt(call, kind);
  if (!child) throw entityNotFound(nameIn(call));
  return json(200, bodyOf(call, kind, child));
};

const listChildren = (call: ArmCall, kind: ChildType): Response =>
  page(
    call,
    childrenOf(parentOf(call, kind.type), kind, call.now).map((child) => bodyOf(call, kind, child)),
  );

/** One that is not there is 204, as with a device (assumed). */
const deleteChild = (call: ArmCall, kind: ChildType): Response => {
  const { type } = kind;
  const child = childAt(call, kind);
  if (!child) return empty(204);
  return begin(call, parentOf(call, type), `/${type}/${child.name}`, { does: 'delete', type, name: child.name });
};

type Child = { name: string; properties: JsonObject };

const childAt = (call: ArmCall, kind: ChildType): Child | undefined => {
  const name = fold(nameIn(call));
  return childrenOf(parentOf(call, kind.type), kind, call.now).find((child) => fold(child.name) === name);
};

/** What the operations that have ended left, with names spelt as at the first PUT. */
const childrenOf = (device: EdgeDevice, { type }: ChildType, now: number): Child[] => {
  const children = new Map<string, Child>();
  for (const { work } of endedOperations(device, now)) {
    if (!('type' in work) || work.type !== type) continue;
    const key = fold(work.name);
    if (work.does === 'delete') children.delete(key);
    else children.set(key, { name: children.get(key)?.name ?? work.name, properties: work.properties });
  }
  return [...children.values()];
};

/** The id is spelt as in the request (recorded). */
const bodyOf = (call: ArmCall, { type, added = {} }: ChildType, { name, properties }: Child) => ({
  properties: { ...properties, ...added },
  id: `${pathOf(call)}/${type}/${name}`,
  name,
  type: `${deviceType}/${type}`,
});

const nameIn = ({ target }: ArmCall): string => target.names[1] ?? '';
