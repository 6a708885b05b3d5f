/**
 * Every way an operation can be held up or end badly, in one table: `docs/failures.md` says the same for people and a
 * test keeps the two equal.
 *
 * - `transient`: Azure is busy or away; tried again soon, and blocks when the ordinary retries are spent.
 * - `propagating`: something just written is not in effect everywhere yet; as transient, in a bounded window.
 * - `waiting`: nothing is wrong, Azure is at work; looked at again, and blocks when the wait is longer than it should be.
 * - `blocked`: a person must act; blocks at once. Where it `heals`, the step goes on by itself when the cause is gone.
 * - `fatal`: this operation can never succeed as it was asked for; it fails before anything is written.
 */
export type FailureClass = 'transient' | 'propagating' | 'waiting' | 'blocked' | 'fatal';

export type FailureEntry = {
  class: FailureClass;
  /** Whether a blocked step resumes by itself when the cause goes away. */
  heals: boolean;
  /** Whether the decision `retry` can help without another input. */
  retryHelps: boolean;
  /** Who can remove the cause. */
  who: 'requester' | 'azure administrator' | 'network administrator' | 'on call' | 'Azure';
  /** What that person does about it, as an instruction. */
  remedy: string;
};

export const failures = {
  InvalidInput: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Start again with the input corrected as the message says.',
  },
  WrongWorkflowId: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Start again with the workflow id that the message names: it is what keeps two procedures off one device.',
  },
  DeviceNotFound: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Check subscription, resource group and name of the device, then start again.',
  },
  DeviceAlreadyActivated: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'An activated device needs no key. A device that was reset is activated as a new Azure resource.',
  },
  KeyStillLive: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Use that key, or start again with supersede.',
  },
  KeySuperseded: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Use the key in force, or ask for another one under a new request id. No key was made.',
  },
  NothingToRegenerate: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Generate a key instead: that makes whatever is missing, a key vault included.',
  },
  VaultDeleted: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Recover the key vault first, then start again.',
  },
  NothingToRecover: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Generate a key instead: that makes a key vault. Or say by keyVaultName which vault is meant.',
  },
  NotConfirmed: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: "Start again with confirmDevice set to the device's own name: nothing was touched.",
  },
  DeviceInUse: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Take the device out of use first, or start again with allowOnline: nothing was touched.',
  },
  KeyVaultNotFound: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Check the name of the vault. One that was deleted already can be recovered until the time in the message.',
  },
  VaultNotOurs: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy:
      "Only the device's own vault is deleted or recovered: the one that it is linked to, or that carries its tags.",
  },
  KeyVaultLeftUnlocked: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'azure administrator',
    remedy: 'Put a CanNotDelete lock on the vault at once: it is unprotected, and nobody helped in time.',
  },
  IdentityDisabled: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Switch on the system-assigned managed identity of the device resource.',
  },
  IdentityMismatch: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'on call',
    remedy: 'Abort, then start again: the device was created again, or its identity replaced, in the meantime.',
  },
  VaultNameTaken: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Retry with the keyVaultName that the message proposes, or do what it says instead.',
  },
  VaultOfFormerDevice: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy:
      'It holds the secrets of a former device of this name. Retry with another keyVaultName, or do as the message says.',
  },
  VaultUnproven: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy:
      "If the vault is the device's, put the tags of the message on it; if not, correct the link. The step then goes on.",
  },
  VaultReplaced: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'on call',
    remedy: 'Abort, then start again: the vault of the procedure is gone, and another one has its name.',
  },
  VaultSoftDeleted: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy:
      'Retry with softDeletedVault "recover" to take it back; with another keyVaultName only if it is not linked.',
  },
  VaultPurged: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'What it held is lost. Retry with a keyVaultName to make a new vault; the message proposes a name.',
  },
  VaultUsesRbac: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Switch the vault to the access-policy permission model yourself; the step then goes on by itself.',
  },
  VaultElsewhere: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy:
      'The vault must lie in the resource group of the device: recover it if it is deleted, move it back, then retry.',
  },
  DeviceHasOtherVault: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'The device already has a vault. Retry with its name as keyVaultName, or abort and start without a name.',
  },
  VaultNetworkClosed: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'network administrator',
    remedy: "Let the worker through the vault's firewall; the step then goes on by itself.",
  },
  MissingPermission: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: "Grant the worker's principal the action that the message names; the step then goes on by itself.",
  },
  ForeignLock: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy:
      'Ask the owner of the lock to remove it; the step then goes on by itself. This product touches its own only.',
  },
  PolicyDenied: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy:
      'Give the profile the key that the message names, or exempt the resource group from the assignment, then retry.',
  },
  ProviderNotReady: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Register the resource provider in the subscription; the step then goes on by itself.',
  },
  CredentialRefused: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'on call',
    remedy: "Renew the worker's credential and restart the worker with it; the step then goes on by itself.",
  },
  CikSoftDeleted: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Recover the deleted secret in the vault; the step then goes on by itself. It is never replaced silently.',
  },
  CikMissing: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy:
      'Enable or restore the version that the message names; the step then goes on by itself. It is never replaced.',
  },
  SecretSoftDeleted: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Recover the deleted secret that the message names; the step then goes on by itself.',
  },
  StorageNameTaken: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'on call',
    remedy: 'All names for the audit storage account belong to others. Free one and retry, or skip the audit trail.',
  },
  StorageCreateFailed: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Remove the account that failed, then retry, or skip the audit trail.',
  },
  DiagnosticSettingConflict: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Remove the diagnostic setting that the message names, then retry, or skip the audit trail.',
  },
  RequestRefused: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'on call',
    remedy: "Read Azure's own words in the message, mend the cause, then retry: the request was refused for good.",
  },
  GrantPropagating: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: access just granted takes minutes to work. If it lasts, check the access policies of the vault.',
  },
  IdentityPropagating: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: "Wait: the device's identity is not known everywhere yet. If it lasts, check that it still exists.",
  },
  VaultUnreachable: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'network administrator',
    remedy: "The vault's name does not resolve. If it lasts, check the DNS and the certificates that the worker sees.",
  },
  Throttled: {
    class: 'transient',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: Azure limits the rate of requests. If it lasts, find out who else spends the limit.',
  },
  AzureUnavailable: {
    class: 'transient',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy:
      "Wait: Azure does not answer, or only with server errors. If it lasts, check Azure's status and the network.",
  },
  ConcurrentWrite: {
    class: 'transient',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: another write on the same resource is under way. If it lasts, the activity log says whose.',
  },
  NotInEffect: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'on call',
    remedy: 'Wait: what was written does not show yet. If it lasts, somebody undoes it: the activity log says who.',
  },
  ProviderRegistering: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: the registration of a resource provider takes up to some minutes.',
  },
  VaultCreating: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: a new vault answers after seconds to minutes. If it lasts, check DNS and port 443 of the worker.',
  },
  DeviceDeleting: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: deleting a device takes minutes. If it lasts, look at the device in the portal.',
  },
  AuditStorageCreating: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: a storage account takes minutes. If it lasts, look for it in the portal, or skip the audit trail.',
  },
  AuditRecordPending: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: Azure writes a record of the audit log up to ten minutes after the access that it tells of.',
  },
  EarlierAttemptUnsettled: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: a request of an earlier attempt may still take effect, and the next one must not meet it.',
  },
  Unexpected: {
    class: 'transient',
    heals: false,
    retryHelps: true,
    who: 'on call',
    remedy: 'Report the message as a defect, of this product or of an answer of Azure, and retry once: it may help.',
  },
} as const satisfies Record<string, FailureEntry>;

export type FailureType = keyof typeof failures;

export const isFailureType = (type: unknown): type is FailureType =>
  typeof type === 'string' && Object.hasOwn(failures, type);

export const failureEntry = (type: FailureType): FailureEntry => failures[type];

/**
 * A retry whose new input was refused. Nothing was tried with it, so the step stays blocked and keeps the input that it had,
 * where the same in a start input would end the operation.
 */
export const refusedRetry: FailureEntry = {
  class: 'blocked',
  heals: false,
  retryHelps: true,
  who: 'requester',
  remedy: 'Retry with the input corrected as the message says, or without any.',
};

/** What a person may want to know beyond the sentence; never a secret, never a raw answer of Azure. */
export type FailureFacts = {
  /** Input with which a retry gets past the cause, where one is known. */
  retryWith?: Record<string, string>;
  [fact: string]: string | number | boolean | readonly string[] | Record<string, string> | undefined;
};

/** A judgement of ours that an operation cannot go on; activities and workflows turn it into a Temporal failure. */
export class Refusal extends Error {
  readonly type: FailureType;
  readonly facts: FailureFacts;

  constructor(type: FailureType, message: string, facts: FailureFacts = {}) {
    super(message);
    this.name = 'Refusal';
    this.type = type;
    this.facts = facts;
  }
}

/** Nothing is wrong, Azure is at work: look again after a while. */
export class NotYet extends Refusal {
  readonly afterMs: number;

  constructor(type: FailureType, message: string, afterMs: number) {
    super(type, message);
    this.name = 'NotYet';
    this.afterMs = afterMs;
  }
}
