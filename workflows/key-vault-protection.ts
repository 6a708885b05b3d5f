/** What protects a device's vault, and how the protection comes off when the vault is to go. */
import { ApplicationFailure, CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { SubmittedAccount } from '../activities/audit-storage.ts';
import type { VaultToLock } from '../activities/locks.ts';
import { wentMeanwhile, type VaultAtStake, type VaultDeletion } from '../domain/deletion.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import type { GhostSetting } from '../domain/diagnostic-setting.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import type { Modification } from '../domain/profile.ts';
import type { RepairPart } from '../domain/repair.ts';
import { askAboutVault, type VaultQuestion, type ConsentDesk } from './consent.ts';
import { nonRetryable } from './failure.ts';
import type { ConsentRecord, Decision } from './messages.ts';
import { bestEffort } from './policies.ts';
import type { Progress } from './progress.ts';
import { StepSkipped, type FailedStep, type Steps } from './step.ts';

export type LockCare = ReturnType<typeof openLockCare>;

type KeyVaultInHand = Extract<VaultToLock, { keyVault: unknown }>;
type KeyVaultPlace = Extract<VaultToLock, { keyVaultName: unknown }>;

/**
 * Makes a run responsible for the lock of its device's vault from its first line to its last: whatever ends the run, a
 * vault that has contents and belongs to the device is locked, or the run ends as KeyVaultLeftUnlocked. Every step that
 * removes a lock, or recovers a vault without one, announces it here before, and the undo is the same for all:
 * `relockKeyVault`.
 */
export const openLockCare = ({ step, tryStep }: Pick<Steps, 'step' | 'tryStep'>, progress: Progress) => {
  let device: DeviceId | undefined;
  let vault: VaultToLock | undefined;
  /** `unknown`: no vault was found yet, or it is to be a new one. `not seen`: whether the lock is on has not been seen. */
  let state: 'unknown' | 'not seen' | 'may be off' | 'on' | 'over' = 'unknown';
  let seen = { at: 0, unblocked: 0 };

  const isOn = (): void => {
    state = 'on';
    seen = { at: Date.now(), unblocked: progress.unblocked() };
  };

  /** Nobody was waited for since it was seen: in days, a vault can be deleted and taken back by its owner, without it. */
  const isFresh = (): boolean =>
    state === 'on' && seen.unblocked === progress.unblocked() && Date.now() - seen.at <= longestUnseen;

  const isDone = (): boolean => state === 'over' || isFresh();

  const retriedWith = () =>
    progress.status.decisions.flatMap(({ applied, input }) => (applied && input ? [input] : []));

  const isToldToRecover = (): boolean => retriedWith().some(({ softDeletedVault }) => softDeletedVault === 'recover');

  /** The vault in hand, or all that may have come back: a person may have said another name since the plan. */
  const candidates = (): VaultToLock[] => {
    if (!vault || 'keyVault' in vault) return vault ? [vault] : [];
    const { device: owner, keyVaultName: planned, takenBack = isToldToRecover() ? {} : undefined } = vault;
    const said = retriedWith().flatMap(({ keyVaultName }) => (typeof keyVaultName === 'string' ? [keyVaultName] : []));
    const other = new Set(said.filter((keyVaultName) => keyVaultName !== planned));
    return [
      { device: owner, keyVaultName: planned, ...(takenBack ? { takenBack } : {}) },
      ...[...other].map((keyVaultName) => ({ device: owner, keyVaultName, ...(takenBack ? { takenBack: {} } : {}) })),
    ];
  };

  /**
   * Blocks until the lock is on. Nobody can skip or abort that, and cancelling does not end it; when nobody has helped by the
   * deadline, the run ends as `KeyVaultLeftUnlocked`. Where a request of the run may still take the lock off, or bring the
   * vault back without one, the step looks again when none can.
   * @param because why the lock has to be put back, for the text of that end
   */
  const putBack = async (because: string): Promise<'locked' | 'gone'> => {
    const orElse = { failure: 'KeyVaultLeftUnlocked' as const, because };
    const options = { orElse, unsettled: state === 'may be off' };
    let found: 'locked' | 'gone' = 'gone';
    try {
      for (const one of candidates()) if ((await step('relockKeyVault', one, options)) === 'locked') found = 'locked';
    } catch (error) {
      if (!isCancellation(error)) state = 'over';
      throw error;
    }
    if (found === 'locked') isOn();
    else state = 'over';
    return found;
  };

  /** What was seen locked in this run, and cannot be seen any more, is left to be. */
  const look = async (because: string): Promise<void> => {
    const sight = await tryStep('readKeyVaultLock', state === 'unknown' || !vault ? { device: device! } : vault);
    if (!sight && state === 'not seen') return void (await putBack(because));
    if (!sight?.unlocked) return;
    const keyVault = sight.unlocked;
    const found = { device: device!, keyVault };
    // One that was made in this run, and never locked, holds nothing: it is not worth holding anybody up.
    if (state === 'unknown' && isNew(keyVault)) return void (await tryStep('relockKeyVault', found, bestEffort));
    vault = found;
    await putBack(because);
  };

  /** From here on the run answers for this vault. */
  const knows = (known: KeyVaultInHand, locked: boolean): void => {
    vault = known;
    state = 'not seen';
    if (locked) isOn();
  };

  /** An earlier run may have ended without putting it back: that is made up for at once, or else in the end. */
  const tryOn = async (): Promise<void> => {
    if (state !== 'on' && vault && (await tryStep('relockKeyVault', vault, bestEffort)) === 'locked') isOn();
  };

  return {
    /** The device that the run is about. */
    accept: (accepted: DeviceId): void => void (device = accepted),
    knows,
    tryOn,
    /** The same of a vault that is kept or deleted: what is not provably the device's own is not ours to lock. */
    answerFor: async (known: KeyVaultInHand, locked: boolean): Promise<void> => {
      knows(known, locked);
      await tryOn();
    },
    /** Before a vault is made, taken over or taken back under a name. */
    mayComeBack: (place: KeyVaultPlace, how: 'create' | 'adopt' | 'recover', deletedOn?: string): void => {
      vault = how === 'recover' ? { ...place, takenBack: deletedOn === undefined ? {} : { deletedOn } } : place;
      if (how !== 'create') state = how === 'adopt' ? 'not seen' : 'may be off';
    },
    /** Before it comes off. */
    comesOff: (known: KeyVaultInHand): void => {
      vault = known;
      state = 'may be off';
    },
    put: async (known: KeyVaultInHand): Promise<void> => {
      await step('lockKeyVault', known);
      vault = known;
      isOn();
    },
    putBack,
    /** A step has seen it on, or put it on. */
    isOn,
    /** A person was waited for since it was seen. */
    waited: (): void => void (seen.at = 0),
    /** The vault is gone. */
    isOver: (): void => void (state = 'over'),
    /** Before the run completes, or says how the vault stands. */
    settle: async (): Promise<void> => {
      const because = 'all other steps were done';
      if (isDone() || !device) return;
      if (state === 'unknown') await look(because);
      else await putBack(because);
    },
    /** Before the run ends otherwise. */
    settleAfter: (failure: Error): Promise<void> =>
      CancellationScope.nonCancellable(async () => {
        if (isDone() || !device || isOfInput(failure)) return;
        const because = isCancellation(failure)
          ? 'the operation was cancelled'
          : `the operation ended with ${describe(failure)}`;
        if (isToldToRecover() && vault && 'keyVaultName' in vault) state = 'may be off';
        if (state === 'may be off') await putBack(because);
        else await look(because);
      }),
  };
};

/** What was refused for its input has asked nothing of Azure. */
const isOfInput = (failure: Error): boolean =>
  failure instanceof ApplicationFailure && ['InvalidInput', 'NotConfirmed'].includes(failure.type ?? '');

/** Time in which nobody deletes a vault and takes it back, in milliseconds. */
const longestUnseen = 10 * 60_000;

const isNew = ({ createdAt }: KeyVaultRef): boolean =>
  createdAt !== undefined && Date.parse(createdAt) >= workflowInfo().startTime.getTime();

const describe = (failure: Error): string =>
  failure instanceof ApplicationFailure ? `${failure.type}: ${failure.message}` : failure.message;

/** What the parts of the protection work with. */
type Protecting = Pick<Steps, 'step'> & { lock: LockCare };

type AuditTrailInput = {
  device: Device;
  keyVault: KeyVaultRef;
  /** The creation that was begun early; nothing if Azure did not take it. */
  submission: Promise<SubmittedAccount | undefined>;
};

/** A skipped step, the reason, and who decided so. */
export type SkippedStep = Pick<Decision, 'step' | 'by' | 'reason'> & { failure: string };

/** What is worth knowing of a trail that is complete. */
type TrailRemarks = { modified: Modification[]; ghosts: GhostSetting[] };

export type AuditTrail = ({ audit: 'complete' } & TrailRemarks) | { audit: 'skipped'; skipped: SkippedStep };

/**
 * Sends the vault's audit events to a separate storage account. A failure blocks, while the vault is already locked.
 * One decision to skip skips the whole trail, and the result names its sender.
 */
export const completeAuditTrail = async (
  { step, lock }: Protecting,
  { device, keyVault, submission }: AuditTrailInput,
): Promise<AuditTrail> => {
  const skippable = { skippable: true };
  try {
    const submitted = await submission;
    const account = { device, keyVaultName: keyVault.name, ...(submitted ? { submitted } : {}) };
    const { modified = [], ...auditStorage } = await step('awaitAuditStorage', account, skippable);
    const { ghosts = [] } = await step('ensureDiagnosticSetting', { device, keyVault, auditStorage }, skippable);
    lock.isOn();
    return { audit: 'complete', modified, ghosts };
  } catch (error) {
    if (!(error instanceof StepSkipped)) throw error;
    const { step: left, by, reason } = error.decision;
    const skipped = { step: left, by, failure: error.failure, ...(reason ? { reason } : {}) };
    return { audit: 'skipped', skipped };
  }
};

type ProtectInput = { device: Device; keyVault: KeyVaultRef; parts: readonly RepairPart[] };

/** Lock, audit trail and access of a vault that is there, as far as they are asked for; also of an activated device. */
export const protect = async (
  { step, tryBeside, lock }: Protecting & Pick<Steps, 'tryBeside'>,
  { device, keyVault, parts }: ProtectInput,
): Promise<AuditTrail | undefined> => {
  const wants = (part: RepairPart): boolean => parts.includes(part);
  const plan = { device, keyVaultName: keyVault.name };
  // The long pole first, as in every procedure.
  const submission = wants('audit trail') ? tryBeside('beginAuditStorage', plan) : undefined;
  if (wants('lock')) await lock.put({ device, keyVault });
  const trail = submission && (await completeAuditTrail({ step, lock }, { device, keyVault, submission }));
  if (wants('access')) await step('grantAccess', { device, keyVault, evenIfActivated: true });
  return trail;
};

type Deleting = Steps & { lock: LockCare };

/**
 * Deletes the vault if the consent covers its present contents. New contents lead to a new question, and silence keeps
 * the vault. Every failure after the removal of the lock restores the lock before a person is asked, also after a
 * cancellation. A retry starts again from the inventory.
 */
export const deleteProtectedKeyVault = async (
  procedure: Deleting,
  desk: ConsentDesk,
  question: VaultQuestion,
): Promise<VaultDeletion | 'kept'> => {
  for (;;) {
    await askUntilDeletable(procedure, desk, question);
    if (desk.keeps()) return 'kept';
    const { releaseLocks = [] } = desk.lastWord();
    // From here on `keep-vault` is refused as too late, so that nobody believes it was heard.
    desk.vaultGoes();
    const end = await deletedOrProtected(procedure, { ...question, releaseLocks });
    if ('result' in end) return end.result;
    // The vault is locked again, and a word to keep it counts again: it ends the block, as a retry does. An abort ends the
    // procedure with what failed.
    desk.vaultStays();
    await procedure.blockOn(desk.keeps, end.failed);
  }
};

/** The inventory is taken last: the check may have waited for days, in which much can come into the vault. */
const askUntilDeletable = async (procedure: Deleting, desk: ConsentDesk, question: VaultQuestion): Promise<void> => {
  let checked: ConsentRecord | undefined;
  for (;;) {
    await askAboutVault(procedure, desk, question);
    if (desk.keeps() || checked === desk.lastWord()) return;
    await checkVaultDeletable(procedure, desk, question);
    checked = desk.lastWord();
  }
};

/**
 * Blocks on obstacles of the deletion, a missing right or a foreign lock, while the vault is still locked: until the
 * cause is gone, or until another consent keeps the vault or releases a lock.
 */
export const checkVaultDeletable = async (
  { stepUnless }: Steps,
  desk: ConsentDesk,
  { device, vault: { keyVault } }: VaultQuestion,
): Promise<void> => {
  let word: ConsentRecord | undefined;
  while (!desk.keeps() && word !== desk.lastWord()) {
    word = desk.lastWord();
    const { releaseLocks = [] } = word;
    await stepUnless(() => word !== desk.lastWord(), 'checkKeyVaultDeletable', { device, keyVault, releaseLocks });
  }
};

type UnprotectInput = { device: DeviceId; vault: VaultAtStake; releaseLocks: readonly string[] };

type UnprotectEnd = { result: VaultDeletion } | { failed: FailedStep };

/**
 * The protection is put back after a failure and after a cancellation. The death of a worker is neither: the next one goes on
 * with the step that was under way.
 */
const deletedOrProtected = async (procedure: Deleting, input: UnprotectInput): Promise<UnprotectEnd> => {
  const { lock } = procedure;
  const protect = (failed?: FailedStep) =>
    CancellationScope.nonCancellable(() => protectAgain(procedure, input, failed));
  let end: UnprotectEnd;
  lock.comesOff({ device: input.device, keyVault: input.vault.keyVault });
  try {
    end = await unlockAndDelete(procedure, input);
  } catch (error) {
    await protect();
    throw error;
  }
  if ('failed' in end && (await protect(end.failed)) === 'locked') return end;
  lock.isOver();
  if ('result' in end) return end;
  // Only its trace among the deleted vaults is missing. Nobody is asked whether to keep what is gone.
  if (end.failed.step === 'softDeleteKeyVault') return { result: {} };
  throw nonRetryable('KeyVaultNotFound', wentMeanwhile(input.vault.keyVault.name));
};

/**
 * Waits for nobody, since the lock is off: the first failure ends it. Each step may be carried out twice: what is off, removed
 * or deleted already is left so.
 */
const unlockAndDelete = async (
  { attempt }: Steps,
  { device, vault: { keyVault, auditStorage }, releaseLocks }: UnprotectInput,
): Promise<UnprotectEnd> => {
  const unlocked = await attempt('unlockKeyVault', { device, keyVault, releaseLocks });
  if ('failed' in unlocked) return unlocked;
  const unwatched = await attempt('removeDiagnosticSetting', {
    device,
    keyVault,
    releaseLocks,
    ...(auditStorage ? { auditStorage } : {}),
  });
  if ('failed' in unwatched) return unwatched;
  return attempt('softDeleteKeyVault', { device, keyVault, releaseLocks });
};

/**
 * The lock is put back; the audit log is switched on again as well, if that can be done at once: nobody is held up for it, a
 * repair of the device does it later.
 * @param failed nothing when the procedure was cancelled
 */
const protectAgain = async (
  { tryStep, lock }: Deleting,
  { device, vault }: UnprotectInput,
  failed: FailedStep | undefined,
): Promise<'locked' | 'gone'> => {
  const { keyVault, auditStorage } = vault;
  const because = failed
    ? `${failed.step} failed with ${failed.failure.type}: ${failed.failure.message}`
    : 'the procedure was cancelled while the vault was unlocked';
  const found = await lock.putBack(because);
  if (found === 'locked' && auditStorage)
    await tryStep('ensureDiagnosticSetting', { device, keyVault, auditStorage }, bestEffort);
  return found;
};
