import { empty } from '../arm/answers.ts';
import type { ArmCall, Handler } from '../arm/provider.ts';
import { guid } from '../random.ts';
import { pathOf, parentOf } from './device.ts';
import { entityNotFound } from './errors.ts';
import type { DeviceOperation, EdgeDevice, Work } from './state.ts';

/** Lets it begin. `below` is what of the device it is about: `/orders/default`, or nothing. */
export const begin = (call: ArmCall, device: EdgeDevice, below: string, work: Work): Response => {
  const { state, now, settings } = call;
  const operation = { id: guid(state), startedAt: now, endsAt: now + settings.deviceChild, work };
  device.operations.push(operation);
  return accepted(call, `${below}/operationResults/${operation.id}`, operation.endsAt);
};

/** 202 and a Location to poll, with no Azure-AsyncOperation (recorded). */
export const accepted = (call: ArmCall, poll: string, endsAt: number): Response =>
  empty(202, { location: urlOf(call, poll), 'retry-after': retryAfter(call, endsAt) });

/** A poll: the id of the operation is the last name of its path. */
export const operationResult: Handler = (call) => {
  const id = call.target.names.at(-1) ?? '';
  const operation = parentOf(call, 'operationResults').operations.find((candidate) => candidate.id === id);
  if (!operation) throw entityNotFound(id);
  return operation.endsAt > call.now ? stillRunning(call, operation.endsAt) : ended(call, operation);
};

/** 202 with the same Location (recorded). */
export const stillRunning = (call: ArmCall, endsAt: number): Response =>
  empty(202, { location: call.url.href, 'retry-after': retryAfter(call, endsAt) });

/** One more 202 points at what was made, or at the job, that one in an old api-version; all else ends with 204 (recorded). */
const ended = (call: ArmCall, { id, work }: DeviceOperation): Response => {
  switch (work.does) {
    case 'put':
      return empty(202, { location: urlOf(call, `/${work.type}/${work.name}`) });
    case 'job': {
      const location = urlOf(call, `/operationsStatus/${id}`, '2019-07-01');
      return empty(202, { location, 'azure-asyncoperation': location });
    }
    case 'delete':
    case 'update security settings':
      return empty(204);
  }
};

/** Those that have ended, in the order in which they did. */
export const endedOperations = (device: EdgeDevice, now: number): DeviceOperation[] =>
  device.operations.filter(({ endsAt }) => endsAt <= now);

const urlOf = (call: ArmCall, below: string, apiVersion = call.apiVersion): string => {
  const path = `${pathOf(call)}${below}`.split('/').map(encodeURIComponent).join('/');
  return `${call.endpoints.arm}${path}?api-version=${apiVersion}`;
};

/** What is left in whole seconds, at least one: Azure asks for 30, 10 or 5 (recorded). */
const retryAfter = ({ now }: ArmCall, endsAt: number): string => String(Math.max(1, Math.ceil((endsAt - now) / 1000)));
