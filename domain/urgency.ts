/** Which work goes first where Azure's budgets do not suffice for all. */

/**
 * The steps in the order in which they are let through: what must not stay undone; what takes longest by itself; then who is
 * nearly done before who has not begun.
 */
const order = [
  'relockKeyVault',
  'lockKeyVault',
  'beginAuditStorage',
  'issueActivationKey',
  'linkDevice',
  'ensureChannelIntegrityKey',
  'grantAccess',
  'ensureDiagnosticSetting',
  'ensureKeyVault',
  'registerProviders',
  'requestSync',
  'moveDeviceLink',
  'relinkDevice',
  'checkChannelIntegrityKey',
  'assertChannelIntegrityKey',
  'markKeyVault',
  'ensureKeyVaultInService',
  'recoverDeletedKeyVault',
  'retainKeyVault',
  'softDeleteKeyVault',
  'removeDiagnosticSetting',
  'unlockKeyVault',
  'checkKeyVaultDeletable',
  'deleteDeviceResource',
  'takeInventory',
  'readKeyVaultLock',
  'planRegeneration',
  'planRecovery',
  'planKeyVaultDeletion',
  'planDeviceDeletion',
  'planActivation',
  'readPosture',
  'readActivationPreview',
  'awaitAuditStorage',
  'observeAuditRecord',
];

/** Whether the order knows a step. */
export const isOrdered = (step: string): boolean => order.includes(step);

export type Work = {
  /** As Temporal has it: 1 goes first, 3 is the usual one. */
  priority?: number | undefined;
  /** Whether it probes a blocked step. */
  probes: boolean;
  /** Whether its attempt has spent something already, which would be lost. */
  begun: boolean;
  /** How long ago it was scheduled, milliseconds. */
  age: number;
};

/** So much waiting brings a step one place forward, but never past another priority: nobody waits for ever. */
const placeEach = 6000;

/** Lower goes first. The probe of a blocked step comes after all other work. */
export const urgencyOf = (step: string, { priority = 3, probes, begun, age }: Work): number => {
  const place = order.indexOf(step);
  const now = Math.max(0, (place === -1 ? order.length : place) - Math.floor(age / placeEach));
  return (probes ? 1000 : 0) + priority * 100 + now + (begun ? 0 : 0.5);
};
