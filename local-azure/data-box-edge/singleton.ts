import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { entityNotFound } from './errors.ts';

/** The name of a child that a device has exactly one of (documented). */
export const DEFAULT = 'default';

export const assertDefault = ({ target }: ArmCall): void => {
  const [, name = ''] = target.names;
  if (fold(name) !== DEFAULT) throw entityNotFound(name);
};
