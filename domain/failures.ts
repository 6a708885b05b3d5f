/**
 * The table of all failures. `docs/failures.md` contains the same for people, and a test compares both.
 *
 * - `transient`: Azure is busy or unreachable; the step retries soon, and blocks when its retries are used up.
 * - `propagating`: a change is still propagating; as transient, in a bounded window.
 * - `waiting`: Azure is still working; the step checks again, and blocks when the wait is too long.
 * - `blocked`: a person must act; the step blocks at once. If the failure `heals`, the step resumes by itself.
 * - `fatal`: the operation cannot succeed with this input; it fails before the first write.
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
    remedy: 'Correct the field in the message, then start again.',
  },
  WrongWorkflowId: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Start again with the workflow id in the message. This id prevents two procedures on one device.',
  },
  DeviceNotFound: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Check the subscription, the resource group and the name of the device, then start again.',
  },
  DeviceAlreadyActivated: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'An activated device needs no key. To activate a device that was reset, create a new device resource.',
  },
  KeyStillLive: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Use the current key, or repeat the request with supersede.',
  },
  KeySuperseded: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Use the current key, or start again with a new request id. No key was issued.',
  },
  NothingToRegenerate: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Generate a key instead. This also creates a missing key vault.',
  },
  VaultDeleted: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Recover the key vault, then start again.',
  },
  NothingToRecover: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Generate a key instead: this creates a key vault. To recover another vault, name it in keyVaultName.',
  },
  NotConfirmed: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Start again with confirmDevice set to the name of the device. Nothing was changed.',
  },
  DeviceInUse: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Take the device out of use, or start again with allowOnline. Nothing was changed.',
  },
  KeyVaultNotFound: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Check the name of the vault. A deleted vault is recoverable until the time in the message.',
  },
  VaultNotOurs: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: "Name the device's own vault: the vault that the device links to, or that carries its tags.",
  },
  KeyVaultLeftUnlocked: {
    class: 'fatal',
    heals: false,
    retryHelps: false,
    who: 'azure administrator',
    remedy: 'Put a CanNotDelete lock on the vault now: the vault is unprotected.',
  },
  IdentityDisabled: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Enable the system-assigned managed identity of the device resource.',
  },
  IdentityMismatch: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'on call',
    remedy: 'Abort, then start again: the device was recreated, or its identity was replaced.',
  },
  VaultNameTaken: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Retry with the keyVaultName that the message proposes, or follow the instruction in the message.',
  },
  VaultOfFormerDevice: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Retry with another keyVaultName: this vault holds the secrets of a former device of the same name.',
  },
  VaultUnproven: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'If the vault belongs to the device, add the tags in the message. If not, correct the link of the device.',
  },
  VaultReplaced: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'on call',
    remedy: 'Abort, then start again: the vault was purged, and another vault has its name.',
  },
  VaultSoftDeleted: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Retry with softDeletedVault "recover", or, if the device has no link, with another keyVaultName.',
  },
  VaultPurged: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: 'Retry with the keyVaultName in the message to create a new vault. The contents of the old vault are lost.',
  },
  VaultUsesRbac: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Switch the vault to the access-policy permission model. The step then resumes by itself.',
  },
  VaultElsewhere: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy:
      'Move the vault to the resource group of the device, then retry. If the vault is deleted, recover it first.',
  },
  DeviceHasOtherVault: {
    class: 'blocked',
    heals: false,
    retryHelps: false,
    who: 'requester',
    remedy: "Retry with the name of the device's vault as keyVaultName, or abort and start again without a name.",
  },
  VaultNetworkClosed: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'network administrator',
    remedy: "Allow the worker through the vault's firewall. The step then resumes by itself.",
  },
  MissingPermission: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: "Grant the action in the message to the worker's principal. The step then resumes by itself.",
  },
  ForeignLock: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Ask the owner of the lock to remove it. The step then resumes by itself.',
  },
  PolicyDenied: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy:
      'Set the key in the message in the profile and restart the worker, or exempt the resource group. Then retry.',
  },
  ProviderNotReady: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Register the resource provider in the subscription. The step then resumes by itself.',
  },
  CredentialRefused: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'on call',
    remedy: "Renew the worker's credential and restart the worker. The step then resumes by itself.",
  },
  CikSoftDeleted: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Recover the deleted secret in the vault. The step then resumes by itself.',
  },
  CikMissing: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Enable or restore the version of the secret in the message. The step then resumes by itself.',
  },
  SecretSoftDeleted: {
    class: 'blocked',
    heals: true,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Recover the deleted secret in the message. The step then resumes by itself.',
  },
  StorageNameTaken: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'on call',
    remedy: 'Free one of the storage account names in the message, then retry, or skip the audit trail.',
  },
  StorageCreateFailed: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Remove the failed storage account, then retry, or skip the audit trail.',
  },
  DiagnosticSettingConflict: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'azure administrator',
    remedy: 'Remove the diagnostic setting in the message, then retry, or skip the audit trail.',
  },
  RequestRefused: {
    class: 'blocked',
    heals: false,
    retryHelps: true,
    who: 'on call',
    remedy: "Read Azure's answer in the message, remove the cause, then retry.",
  },
  GrantPropagating: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: new access takes minutes to propagate. If it persists, check the access policies of the vault.',
  },
  IdentityPropagating: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: "Wait: the device's identity is still propagating. If it persists, check that the identity exists.",
  },
  VaultUnreachable: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'network administrator',
    remedy: "Wait: the vault's name does not resolve. If it persists, check the worker's DNS and its certificates.",
  },
  Throttled: {
    class: 'transient',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: Azure is throttling requests. If it persists, find out who else uses the quota.',
  },
  AzureUnavailable: {
    class: 'transient',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: "Wait: Azure does not answer. If it persists, check Azure's status page and the worker's network.",
  },
  ConcurrentWrite: {
    class: 'transient',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: Azure is processing another write to the resource. If it persists, see the activity log.',
  },
  NotInEffect: {
    class: 'propagating',
    heals: true,
    retryHelps: true,
    who: 'on call',
    remedy: 'Wait: the change is not visible yet. If it persists, something reverts the change: see the activity log.',
  },
  ProviderRegistering: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: the registration of a resource provider takes up to a few minutes.',
  },
  VaultCreating: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: "Wait: a new vault answers after seconds to minutes. If it persists, check the worker's DNS and port 443.",
  },
  DeviceDeleting: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: the deletion of a device takes minutes. If it persists, check the device in the portal.',
  },
  AuditStorageCreating: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy:
      'Wait: a storage account takes minutes. If it persists, check the account in the portal, or skip the audit trail.',
  },
  AuditRecordPending: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait: Azure writes a record to the audit log up to ten minutes after the access.',
  },
  EarlierAttemptUnsettled: {
    class: 'waiting',
    heals: true,
    retryHelps: true,
    who: 'Azure',
    remedy: 'Wait 85 seconds: a request of an earlier attempt may still take effect.',
  },
  Unexpected: {
    class: 'transient',
    heals: false,
    retryHelps: true,
    who: 'on call',
    remedy: 'Retry once. If it fails again, report the message as a defect.',
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
  remedy: 'Correct the field in the message, then retry, or retry without input.',
};

/** Facts for people, in addition to the message; never a secret, never a raw answer of Azure. */
export type FailureFacts = {
  /** Input with which a retry gets past the cause, where one is known. */
  retryWith?: Record<string, string>;
  [fact: string]: string | number | boolean | readonly string[] | Record<string, string> | undefined;
};

/** Our own judgement that an operation cannot continue; activities and workflows convert it to a Temporal failure. */
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
