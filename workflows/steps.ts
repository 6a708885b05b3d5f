/** Every step of every procedure: a step is one activity of the same name. Names are an API: decisions and queries use them. */
import { nameIn } from '../domain/device.ts';
import type { ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { LockToRead } from '../activities/locks.ts';
import { armCall, armWait, auditWait, bestEffort, early, inventory, look, vaultData } from './policies.ts';

export type StepName = keyof Activities;
export type StepInput<N extends StepName> = Parameters<Activities[N]>[0];
export type StepResult<N extends StepName> = Awaited<ReturnType<Activities[N]>>;

export type StepSettings<Input> = {
  policy: ActivityOptions;
  /** One plain sentence, an imperative with names, for timelines, terminals and logs. */
  says: (input: Input) => string;
  /** Fields of its input that the decision `retry` may change. */
  accepts?: readonly string[];
  /** Whether the step spends its time waiting for Azure. */
  waits?: boolean;
};

const vaultNameIn = (vault: LockToRead): string | undefined => {
  if ('keyVault' in vault) return vault.keyVault.name;
  return 'keyVaultName' in vault ? vault.keyVaultName : undefined;
};

export const steps: { [N in StepName]: StepSettings<StepInput<N>> } = {
  planActivation: {
    policy: armCall,
    says: ({ deviceId }) => `Plan the activation of ${nameIn(deviceId)}`,
    accepts: ['keyVaultName', 'softDeletedVault', 'audit'],
  },
  registerProviders: { policy: armWait, says: () => 'Register Microsoft.KeyVault and Microsoft.DataBoxEdge' },
  beginAuditStorage: { policy: early, says: () => 'Start to create the storage account of the audit log' },
  ensureKeyVault: {
    policy: armWait,
    says: ({ keyVaultName }) => `Create or adopt the key vault ${keyVaultName}`,
    accepts: ['keyVaultName', 'softDeletedVault'],
  },
  readKeyVaultLock: {
    policy: bestEffort,
    says: (vault) => `Check whether ${vaultNameIn(vault) ?? `the key vault of ${vault.device.name}`} is locked`,
  },
  lockKeyVault: { policy: armCall, says: ({ keyVault }) => `Lock the key vault ${keyVault.name} against deletion` },
  awaitAuditStorage: {
    policy: armWait,
    says: ({ submitted }) => `Wait for the storage account of the audit log${submitted ? `, ${submitted.name}` : ''}`,
    waits: true,
  },
  ensureDiagnosticSetting: {
    policy: armCall,
    says: ({ keyVault, auditStorage }) => `Send the audit events of ${keyVault.name} to ${auditStorage.name}`,
  },
  grantAccess: { policy: armCall, says: ({ device }) => `Grant ${device.name} get and set on secrets` },
  ensureChannelIntegrityKey: {
    policy: vaultData,
    says: ({ keyVault }) => `Store the channel integrity key in ${keyVault.name}`,
  },
  linkDevice: { policy: armCall, says: ({ device, keyVault }) => `Link ${device.name} to ${keyVault.name}` },
  issueActivationKey: { policy: vaultData, says: ({ device }) => `Issue the activation key of ${device.name}` },
  planRegeneration: {
    policy: vaultData,
    says: ({ deviceId }) => `Check whether ${nameIn(deviceId)} can get a new key`,
  },
  assertChannelIntegrityKey: {
    policy: vaultData,
    says: ({ keyVault }) => `Check the channel integrity key in ${keyVault.name}`,
  },
  observeAuditRecord: {
    policy: auditWait,
    says: ({ keyVault }) => `Find this access in the audit log of ${keyVault.name}`,
    waits: true,
  },
  planRecovery: {
    policy: armCall,
    says: ({ deviceId }) => `Find the key vault of ${nameIn(deviceId)}, active or deleted`,
    accepts: ['keyVaultName'],
  },
  recoverDeletedKeyVault: { policy: armWait, says: ({ keyVaultName }) => `Recover the key vault ${keyVaultName}` },
  ensureKeyVaultInService: {
    policy: armWait,
    says: ({ keyVault }) => `Tag ${keyVault.name} as the device's key vault and check that it answers`,
  },
  checkChannelIntegrityKey: {
    policy: vaultData,
    says: ({ keyVault }) => `Find the linked channel integrity key in ${keyVault.name}`,
  },
  moveDeviceLink: {
    policy: armCall,
    says: ({ device, keyVault }) => `Update the link of ${device.name} to ${keyVault.name}`,
  },
  requestSync: { policy: armCall, says: ({ device }) => `Request ${device.name} to store its secrets again` },
  planDeviceDeletion: {
    policy: armCall,
    says: ({ deviceId }) => `Plan the deletion of ${nameIn(deviceId)}`,
  },
  planKeyVaultDeletion: {
    policy: armCall,
    says: ({ deviceId }) => `Find the key vault of ${nameIn(deviceId)}`,
  },
  takeInventory: { policy: inventory, says: ({ keyVault }) => `List the contents of ${keyVault.name} by name` },
  checkKeyVaultDeletable: {
    policy: armCall,
    says: ({ keyVault }) => `Check that no other lock prevents the deletion of ${keyVault.name}`,
  },
  deleteDeviceResource: { policy: armWait, says: ({ device }) => `Delete the device ${device.name}`, waits: true },
  retainKeyVault: { policy: armCall, says: ({ keyVault }) => `Keep the key vault ${keyVault.name}: lock and tag it` },
  unlockKeyVault: { policy: armCall, says: ({ keyVault }) => `Remove the lock from ${keyVault.name}` },
  removeDiagnosticSetting: {
    policy: armCall,
    says: ({ keyVault, auditStorage }) =>
      `Remove the diagnostic setting of ${keyVault.name}${auditStorage ? `; its log stays in ${auditStorage.name}` : ''}`,
  },
  softDeleteKeyVault: { policy: armCall, says: ({ keyVault }) => `Delete the key vault ${keyVault.name}` },
  relockKeyVault: {
    policy: armCall,
    says: (vault) => `Make sure that ${vaultNameIn(vault)} is locked`,
  },
  readPosture: {
    policy: look,
    says: ({ deviceId }) => `Read the status of ${nameIn(deviceId)} and its key vault`,
  },
  readActivationPreview: {
    policy: look,
    says: ({ deviceId }) => `Preview the activation of ${nameIn(deviceId)}`,
  },
  markKeyVault: {
    policy: armCall,
    says: ({ device, keyVault }) => `Tag ${keyVault.name} as the key vault of ${device.name}`,
  },
  relinkDevice: {
    policy: vaultData,
    says: ({ device, keyVault }) => `Restore the link of ${device.name} to ${keyVault.name}`,
  },
};
