import type { Azure } from '../azure/clients.ts';
import type { Profile } from '../domain/profile.ts';
import { createAccessPolicies } from './access-policies.ts';
import { createActivationKeys, createPlanRegeneration } from './activation-key.ts';
import { createAuditRecords, createDiagnosticSettings } from './audit-log.ts';
import { createAuditStorage } from './audit-storage.ts';
import { createChannelIntegrityKeys, createLinkedKeys } from './channel-integrity-key.ts';
import { createCrowdOfAccounts } from './crowd-of-accounts.ts';
import { createDeviceDeletion, createDeviceLinks, createSecretSyncs } from './device.ts';
import { throughOneDoor } from './failure.ts';
import { createInventories, createKeyVaultDeletion } from './key-vault-deletion.ts';
import { createKeyVaultRecovery, createPlanRecovery } from './recovery.ts';
import { createKeyVaults } from './key-vault.ts';
import { createLocks } from './locks.ts';
import { createPlanActivation, createPreview } from './plan-activation.ts';
import { createPlanDeletion } from './plan-deletion.ts';
import { createPosture } from './posture.ts';
import { createRepairs } from './repair.ts';
import { createResourceProviders } from './rights.ts';

/**
 * @param keyReaders object ids of principals that may read secrets, the activation key among them
 * @param profile what the organisation asks of everything that is made
 * @param now the clock of the process, milliseconds; `performance.now` by default
 */
export type ActivitySettings = { azure: Azure; keyReaders: readonly string[]; profile: Profile; now?: () => number };

/**
 * Returns all activities: every conversation with Azure. Each activity can be repeated any number of times. Names are
 * an API, since histories contain them.
 */
export const createActivities = ({ azure, keyReaders, profile, now = () => performance.now() }: ActivitySettings) =>
  throughOneDoor({
    ...createPlanActivation(azure),
    ...createResourceProviders(azure),
    ...createKeyVaults(azure, profile),
    ...createLocks(azure),
    ...createAuditStorage(azure, profile, createCrowdOfAccounts(now)),
    ...createDiagnosticSettings(azure),
    ...createAccessPolicies(azure, keyReaders),
    ...createChannelIntegrityKeys(azure),
    ...createDeviceLinks(azure),
    ...createActivationKeys(azure),
    ...createPlanRegeneration(azure),
    ...createAuditRecords(azure),
    ...createPlanDeletion(azure),
    ...createInventories(azure),
    ...createDeviceDeletion(azure),
    ...createKeyVaultDeletion(azure),
    ...createPlanRecovery(azure),
    ...createKeyVaultRecovery(azure),
    ...createLinkedKeys(azure),
    ...createSecretSyncs(azure),
    ...createPosture(azure, { keyReaders, profile }),
    ...createPreview(azure, { keyReaders, profile }),
    ...createRepairs(azure, profile),
  });

export type Activities = ReturnType<typeof createActivities>;
