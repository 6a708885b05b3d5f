import { page } from '../arm/paging.ts';
import type { Handler } from '../arm/provider.ts';
import { parentOf } from './device.ts';
import { entityNotFound } from './errors.ts';

/** The simulated device raises none. */
export const listAlerts: Handler = (call) => {
  parentOf(call, 'alerts');
  return page(call, []);
};

export const getAlert: Handler = (call) => {
  parentOf(call, 'alerts');
  throw entityNotFound(call.target.names[1] ?? '');
};
