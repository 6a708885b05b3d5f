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
  /** One plain sentence with names, for timelines, terminals and logs. */
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
    says: ({ deviceId }) => `Read what is there for ${nameIn(deviceId)} and plan`,
    accepts: ['keyVaultName', 'softDeletedVault', 'audit'],
  },
  registerProviders: { policy: armWait, says: () => 'Register Microsoft.KeyVault and Microsoft.DataBoxEdge' },
  beginAuditStorage: { policy: early, says: () => 'Ask for the storage account of the audit log' },
  ensureKeyVault: {
    policy: armWait,
    says: ({ keyVaultName }) => `Create or adopt the key vault ${keyVaultName}`,
    accepts: ['keyVaultName', 'softDeletedVault'],
  },
  readKeyVaultLock: {
    policy: bestEffort,
    says: (vault) => `Look whether ${vaultNameIn(vault) ?? `the key vault of ${vault.device.name}`} is locked`,
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
  grantAccess: { policy: armCall, says: ({ device }) => `Let ${device.name} get and set secrets, and nothing else` },
  ensureChannelIntegrityKey: {
    policy: vaultData,
    says: ({ keyVault }) => `Place the channel integrity key in ${keyVault.name}`,
  },
  linkDevice: { policy: armCall, says: ({ device, keyVault }) => `Link ${device.name} to ${keyVault.name}` },
  issueActivationKey: { policy: vaultData, says: ({ device }) => `Issue the activation key of ${device.name}` },
  planRegeneration: {
    policy: vaultData,
    says: ({ deviceId }) => `Read whether ${nameIn(deviceId)} may get a new key`,
  },
  assertChannelIntegrityKey: {
    policy: vaultData,
    says: ({ keyVault }) => `Check the channel integrity key in ${keyVault.name}`,
  },
  observeAuditRecord: {
    policy: auditWait,
    says: ({ keyVault }) => `Look for this access in the audit log of ${keyVault.name}`,
    waits: true,
  },
  planRecovery: {
    policy: armCall,
    says: ({ deviceId }) => `Find the key vault of ${nameIn(deviceId)}, deleted or not`,
    accepts: ['keyVaultName'],
  },
  recoverDeletedKeyVault: { policy: armWait, says: ({ keyVaultName }) => `Recover the key vault ${keyVaultName}` },
  ensureKeyVaultInService: {
    policy: armWait,
    says: ({ keyVault }) => `Mark the key vault ${keyVault.name} as the device's and reach it`,
  },
  checkChannelIntegrityKey: {
    policy: vaultData,
    says: ({ keyVault }) => `Look for the linked channel integrity key in ${keyVault.name}`,
  },
  moveDeviceLink: { policy: armCall, says: ({ device, keyVault }) => `Link ${device.name} to ${keyVault.name} anew` },
  requestSync: { policy: armCall, says: ({ device }) => `Ask ${device.name} to write its secrets again` },
  planDeviceDeletion: {
    policy: armCall,
    says: ({ deviceId }) => `Read what would go with ${nameIn(deviceId)}`,
  },
  planKeyVaultDeletion: {
    policy: armCall,
    says: ({ deviceId }) => `Find the key vault of ${nameIn(deviceId)}`,
  },
  takeInventory: { policy: inventory, says: ({ keyVault }) => `List what lies in ${keyVault.name}, by name` },
  checkKeyVaultDeletable: {
    policy: armCall,
    says: ({ keyVault }) => `Check that nothing else forbids deleting ${keyVault.name}`,
  },
  deleteDeviceResource: { policy: armWait, says: ({ device }) => `Delete the device ${device.name}`, waits: true },
  retainKeyVault: { policy: armCall, says: ({ keyVault }) => `Keep the key vault ${keyVault.name}, locked and marked` },
  unlockKeyVault: { policy: armCall, says: ({ keyVault }) => `Take the lock off ${keyVault.name}` },
  removeDiagnosticSetting: {
    policy: armCall,
    says: ({ keyVault, auditStorage }) =>
      `Remove the diagnostic setting of ${keyVault.name}${auditStorage ? `; its log stays in ${auditStorage.name}` : ''}`,
  },
  softDeleteKeyVault: { policy: armCall, says: ({ keyVault }) => `Delete the key vault ${keyVault.name}` },
  relockKeyVault: {
    policy: armCall,
    says: (vault) => `Put the lock back on ${vaultNameIn(vault)}`,
  },
  readPosture: {
    policy: look,
    says: ({ deviceId }) => `Look how ${nameIn(deviceId)} and its key vault stand`,
  },
  readActivationPreview: {
    policy: look,
    says: ({ deviceId }) => `Look what an activation of ${nameIn(deviceId)} would do`,
  },
  markKeyVault: {
    policy: armCall,
    says: ({ device, keyVault }) => `Mark ${keyVault.name} as the vault of ${device.name}`,
  },
  relinkDevice: { policy: vaultData, says: ({ device, keyVault }) => `Link ${device.name} to ${keyVault.name} again` },
};
