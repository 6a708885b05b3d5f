import { resourceNotFound } from './answers.ts';
import type { ArmCall, TrackedResource } from './provider.ts';
import { isAtOrBelow } from './rights.ts';

/** The tracked resources of all providers that exist now. */
export const trackedResources = ({
  providers,
  state,
  now,
}: Pick<ArmCall, 'providers' | 'state' | 'now'>): TrackedResource[] =>
  providers.flatMap((provider) => provider.resources?.(state, now) ?? []);

/** What an extension resource stands on; throws when it does not exist. Nothing for a group or subscription. */
export const extendedResource = (call: ArmCall): TrackedResource | undefined => {
  const { target } = call;
  if (target.scopeKind !== 'resource') return undefined;
  const resource = trackedResources(call).find(({ id }) => isAtOrBelow(target.scope, id));
  if (resource) return resource;
  const [name = '', type = '', namespace = ''] = target.scope.split('/').reverse();
  throw resourceNotFound(`${namespace}/${type}`, name, target.resourceGroup);
};
