import type { Lock, RoleAssignment } from './arm/state.ts';
import type { AuditLog } from './audit/state.ts';
import type { DataBoxEdgeState } from './data-box-edge/state.ts';
import type { Principal } from './entra/principals.ts';
import type { DiagnosticSetting } from './insights/state.ts';
import type { StorageAccount } from './storage-accounts/state.ts';
import type { ThrottlingState } from './throttling/throttling.ts';
import type { DeletedVault, Vault, VaultPurge } from './vault/vault.ts';

export type Subscription = {
  id: string;
  displayName: string;
  /** Absent if they were never sent. */
  tags?: Record<string, string>;
};

export type ResourceGroup = {
  id: string;
  name: string;
  location: string;
  /** Absent if they were never sent. */
  tags?: Record<string, string>;
  managedBy?: string;
  /** While it is being deleted: when that ends, milliseconds. */
  goneAt?: number;
};

/** A resource provider in a subscription: registered from `registeredAt` on; without it never. */
export type Registration = { registeredAt?: number; unregisteredAt?: number };

/**
 * The whole world of a local Azure: plain data that `structuredClone` copies. Keys of the maps are folded to lower case,
 * the values keep the spelling of whoever wrote first. Every number drawn by chance comes from the seed in it.
 */
export type State = {
  seed: number;
  tenantId: string;
  /** Signs the tokens. */
  signingKey: string;
  /** By id. */
  subscriptions: Record<string, Subscription>;
  /** By object id. */
  principals: Record<string, Principal>;
  roleAssignments: RoleAssignment[];
  /** By `subscription/namespace`. */
  registrations: Record<string, Registration>;
  /** Folded namespaces whose registration never ends. */
  stuckProviders: string[];
  /** By resource id, as all that follow unless said. */
  groups: Record<string, ResourceGroup>;
  /** By name: names of vaults are global. */
  vaults: Record<string, Vault>;
  /** By name. */
  deletedVaults: Record<string, DeletedVault>;
  /** By the id of the operation. */
  vaultPurges: Record<string, VaultPurge>;
  /** By name: names of storage accounts are global. */
  storageAccounts: Record<string, StorageAccount>;
  /** By the name of the storage account that holds them. */
  auditLogs: Record<string, AuditLog>;
  locks: Record<string, Lock>;
  diagnosticSettings: Record<string, DiagnosticSetting>;
  dataBoxEdge: DataBoxEdgeState;
  throttling: ThrottlingState;
};
