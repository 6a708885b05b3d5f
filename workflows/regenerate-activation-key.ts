import type { RegenerateActivationKeyInput } from '../domain/regeneration.ts';
import { workflowInfo } from '@temporalio/workflow';
import type { AuditRecordSight } from '../activities/audit-log.ts';
import type { RegenerationPlan } from '../activities/activation-key.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { keyRefOf, type ActivationKeyRef, type ChannelIntegrityKeyRef, type IssuedKeyRef } from '../domain/secrets.ts';
import { openKeyHandOver } from './hand-over.ts';
import { runProcedure } from './procedure.ts';

/** References only: the keys themselves never leave the vault on this way. */
export type RegenerateActivationKeyResult = {
  /** ARM id of the device, in Azure's spelling. */
  deviceId: string;
  keyVault: KeyVaultRef;
  channelIntegrityKey: ChannelIntegrityKeyRef;
  activationKey: ActivationKeyRef;
  /** The key that was still good, and is useless now. */
  superseded?: ActivationKeyRef;
  /**
   * Whether the audit log tells of the access that this took. `pending`: it did not within some twelve minutes. `no access`:
   * none was made, since the request had been given its key before, or a good key turned up in the vault meanwhile.
   */
  auditRecord: AuditRecordSight | 'no access';
};

/** The article's five events: a new activation key out of what there is, for a device that is not activated yet. */
export async function regenerateActivationKey(
  input: RegenerateActivationKeyInput,
): Promise<RegenerateActivationKeyResult> {
  const key = openKeyHandOver();

  return runProcedure(async ({ step, tryStep, progress, lock, accept }) => {
    // 1. A new activation key is requested. A key that is still good is replaced on purpose only.
    accept(input);
    const operation = workflowInfo().originalExecutionRunId;
    const plan = await step('planRegeneration', { ...input, operation });
    const { device, keyVault, channelIntegrityKey, given } = plan;
    const handOver = (issued: IssuedKeyRef) => {
      const references = referencesOf(plan, issued);
      progress.issued(references.activationKey);
      key.give(references.activationKey);
      return references;
    };
    lock.knows({ device, keyVault }, plan.locked);
    if (given) return { ...handOver(given), auditRecord: 'no access' };
    await lock.tryOn();

    // 5. Access policies are synced: first of all, since the rest rests on them.
    await step('grantAccess', { device, keyVault });

    // 2. and 3. The key vault lets the request in, and the activation key is returned: where it is, not what it is.
    const { since } = await step('assertChannelIntegrityKey', { device, keyVault, channelIntegrityKey });
    const { requestId } = input;
    const request = { supersede: input.supersede === true, ...(requestId === undefined ? {} : { requestId }) };
    const issue = { device, keyVault, channelIntegrityKey, operation, ...request };
    const issued = await step('issueActivationKey', issue);
    const references = handOver(issued);

    // 4. An audit event is created in the storage account. The key is out: nobody is asked to mend the log.
    const access = { device, keyVault, channelIntegrityKey, since };
    const auditRecord = issued.found ? 'no access' : ((await tryStep('observeAuditRecord', access)) ?? 'pending');
    return { ...references, auditRecord };
  }, key.fail);
}

const referencesOf = (
  { device, keyVault, channelIntegrityKey }: RegenerationPlan,
  { superseded, ...issued }: IssuedKeyRef,
): Omit<RegenerateActivationKeyResult, 'auditRecord'> => ({
  deviceId: device.id,
  keyVault,
  channelIntegrityKey,
  activationKey: keyRefOf(issued),
  ...(superseded ? { superseded } : {}),
});
