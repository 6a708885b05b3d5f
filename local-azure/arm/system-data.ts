import type { JsonObject } from '../json.ts';
import type { ArmCall } from './provider.ts';

type Made = Pick<ArmCall, 'caller' | 'now'>;

/** Who made a resource and when, as `systemData` says it. */
export const creation = ({ caller, now }: Made): JsonObject => ({
  createdBy: caller.clientId,
  createdByType: 'Application',
  createdAt: new Date(now).toISOString(),
});

export const modification = ({ caller, now }: Made): JsonObject => ({
  lastModifiedBy: caller.clientId,
  lastModifiedByType: 'Application',
  lastModifiedAt: new Date(now).toISOString(),
});
