import type { JsonObject } from '../json.ts';
import type { Secret } from './secret.ts';

/** Who may do what with the content of a vault in the access-policy model. Words keep the case in which they were sent. */
export type AccessPolicy = {
  tenantId: string;
  objectId: string;
  applicationId?: string;
  permissions: Record<string, string[]>;
};

/** The policies that the data plane honours from a moment on. */
export type PolicyVersion = { from: number; policies: AccessPolicy[] };

/** A vault that exists. Times are milliseconds. */
export type Vault = {
  id: string;
  name: string;
  subscriptionId: string;
  group: string;
  location: string;
  tags: Record<string, string>;
  tenantId: string;
  sku: { family: string; name: string };
  accessPolicies: AccessPolicy[];
  /** Oldest first; the data plane honours the last one whose time has come. */
  policyVersions: PolicyVersion[];
  enableRbacAuthorization: boolean;
  enableSoftDelete: boolean;
  /** Sent by the creator, else 90 without being shown (recorded). */
  softDeleteRetentionInDays?: number;
  enablePurgeProtection: boolean;
  publicNetworkAccess: 'Enabled' | 'Disabled';
  networkAcls?: JsonObject;
  /** enabledForDeployment and its like, shown only if sent (recorded). */
  enabledFor: Record<string, boolean>;
  /** Whether enableRbacAuthorization was ever said: older vaults show nothing. */
  showsRbac: boolean;
  /** From here on its host name resolves. */
  reachableFrom: number;
  /** Brought back from deletion: it says Succeeded at once (recorded), before it can be reached (assumed). */
  isRecovered?: true;
  systemData: JsonObject;
  /** By folded name. */
  secrets: Record<string, Secret>;
};

/** A soft-deleted vault: all that it was, kept until the purge date, or until somebody's purge of it has ended. */
export type DeletedVault = { vault: Vault; deletedAt: number; purgeAt: number; purge?: VaultPurge };

export type VaultPurge = { startedAt: number; endsAt: number };

export const retentionDays = (vault: Vault): number => vault.softDeleteRetentionInDays ?? 90;

const day = 86_400_000;

/** The end of the retention of something that is deleted now. */
export const purgeDate = (vault: Vault, now: number): number => now + retentionDays(vault) * day;

export const isReachable = (vault: Vault, now: number): boolean => vault.reachableFrom <= now;

export const provisioningState = (vault: Vault, now: number): 'Succeeded' | 'RegisteringDns' =>
  vault.isRecovered || isReachable(vault, now) ? 'Succeeded' : 'RegisteringDns';

/** What the data plane honours now: a change takes a moment to reach it. */
export const policiesInEffect = (vault: Vault, now: number): AccessPolicy[] =>
  vault.policyVersions.findLast(({ from }) => from <= now)?.policies ?? [];

/** Changes the policies at once for the control plane, and from `from` on for the data plane. */
export const setPolicies = (vault: Vault, policies: AccessPolicy[], now: number, from: number): void => {
  const honoured = vault.policyVersions.findLast((version) => version.from <= now);
  const coming = vault.policyVersions.filter((version) => version.from > now && version.from <= from);
  vault.accessPolicies = policies;
  vault.policyVersions = [...(honoured ? [honoured] : []), ...coming, { from, policies }];
};
