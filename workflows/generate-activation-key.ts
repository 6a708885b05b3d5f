import { ApplicationFailure, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { GenerateActivationKeyInput } from '../domain/inputs.ts';
import type { GhostSetting } from '../domain/diagnostic-setting.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import type { Modification } from '../domain/profile.ts';
import { keyRefOf, type ActivationKeyRef, type ChannelIntegrityKeyRef } from '../domain/secrets.ts';
import { openKeyHandOver } from './hand-over.ts';
import { completeAuditTrail, type AuditTrail, type SkippedStep } from './key-vault-protection.ts';
import { runProcedure } from './procedure.ts';

/** References only: the keys themselves never leave the vault on this way. */
export type GenerateActivationKeyResult = {
  /** ARM id of the device, as it was given. */
  deviceId: string;
  keyVault: KeyVaultRef;
  channelIntegrityKey: ChannelIntegrityKeyRef;
  activationKey: ActivationKeyRef;
  /** `missing`: the key was out, then the wait for the trail was given up. */
  audit: AuditTrail['audit'] | 'missing';
  skipped: SkippedStep[];
  /** What a policy, or a person, has made of vault and account after they were asked for; absent when nothing. */
  modifiedByPolicy?: Modification[];
  /** Diagnostic settings of others on the vault whose storage account is gone; absent when there are none. */
  ghostSettings?: GhostSetting[];
};

/**
 * The article's six events: a locked key vault of the device's own, an audit trail on a slow storage account, access for
 * the device's managed identity, the channel integrity key, and the activation key.
 */
export async function generateActivationKey(input: GenerateActivationKeyInput): Promise<GenerateActivationKeyResult> {
  const key = openKeyHandOver();

  return runProcedure(async ({ step, tryBeside, progress, lock, accept }) => {
    // 1. An activation key is requested.
    accept(input);
    const plan = await step('planActivation', input);
    const { device, keyVaultName, action, softDeletedVault, deletedOn, audit = input.audit } = plan;
    lock.mayComeBack({ device, keyVaultName }, softDeletedVault === 'recover' ? 'recover' : action, deletedOn);
    const registered = step('registerProviders', plan);
    // The long pole: its provider may be registered before the others, or long after them.
    const submission = tryBeside('beginAuditStorage', plan);
    await registered;

    // 2. A standard key vault with access policies is created and locked.
    const { modified, ...keyVault } = await step('ensureKeyVault', plan);
    await lock.put({ device, keyVault });

    // 3. and 4. A storage account takes the audit log, and logging is enabled.
    const auditTrail = () => completeAuditTrail({ step, lock }, { device, keyVault, submission });
    const before = audit === 'after' ? undefined : await auditTrail();

    // 5. The device's identity gets access, and the channel integrity key is placed in the vault.
    await step('grantAccess', { device, keyVault });
    const channelIntegrityKey = await step('ensureChannelIntegrityKey', { device, keyVault });
    await step('linkDevice', { device, keyVault, channelIntegrityKey });

    // 6. The activation key is returned: where it is, not what it is.
    const operation = workflowInfo().originalExecutionRunId;
    const issue = { device, keyVault, channelIntegrityKey, operation };
    const activationKey = keyRefOf(await step('issueActivationKey', issue));
    progress.issued(activationKey);
    key.give(activationKey);

    const trail = before ?? (await orMissing(auditTrail));
    const skipped = 'skipped' in trail ? [trail.skipped] : [];
    const result = { deviceId: device.id, keyVault, channelIntegrityKey, activationKey, audit: trail.audit, skipped };
    return { ...result, ...remarks(modified, trail) };
  }, key.fail);
}

/** What is worth knowing although all went well. */
const remarks = (
  ofVault: readonly Modification[] = [],
  trail: AuditTrail | { audit: 'missing' },
): Pick<GenerateActivationKeyResult, 'modifiedByPolicy' | 'ghostSettings'> => {
  const { modified: ofAccount, ghosts } = trail.audit === 'complete' ? trail : { modified: [], ghosts: [] };
  const modified = [...ofVault, ...ofAccount];
  return {
    ...(modified.length > 0 ? { modifiedByPolicy: modified } : {}),
    ...(ghosts.length > 0 ? { ghostSettings: ghosts } : {}),
  };
};

/** The key is out already: a wait for the trail that ends badly does not make it a failure. */
const orMissing = async (trail: () => Promise<AuditTrail>): Promise<AuditTrail | { audit: 'missing' }> => {
  try {
    return await trail();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ApplicationFailure)) throw error;
    return { audit: 'missing' };
  }
};
