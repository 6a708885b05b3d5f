/** What of the state belongs to Azure Resource Manager. */
import type { Role } from '../entra/roles.ts';
import type { JsonObject } from '../json.ts';

export type LockLevel = 'CanNotDelete' | 'ReadOnly';

export type Lock = {
  id: string;
  name: string;
  /** The id of what is locked, as it was spelt. */
  scope: string;
  level: LockLevel;
  notes?: string;
  /** Absent if it did not come through Azure Resource Manager. */
  systemData?: JsonObject;
};

/** A role given to a principal at a scope, and at all below it. */
export type RoleAssignment = { objectId: string; scope: string; role: Role };
