/** What a person says about the fate of a vault, and which word counts. */
import { lineOf, oneOf, plainObject, readKeyVaultName, shortText } from './inputs.ts';
import { sameId, shown } from './device.ts';
import { Refusal } from './failures.ts';
import type { Inventory } from './inventory.ts';

export type ConsentDecision = 'delete-vault' | 'keep-vault' | 'cancel';

/** The message `consent`. */
export type Consent = {
  decision: ConsentDecision;
  /** The vault's name, typed back. */
  keyVaultName: string;
  /** Number of the inventory that was read; needed to delete. */
  inventory?: number;
  /** Who decides; shown and recorded as claimed. */
  by: string;
  reason?: string;
  /** With `delete-vault`: ids of locks on the vault that are not ours and may be taken off, such as the portal's. */
  releaseLocks?: string[];
};

/** In the start input: it covers our own secrets and those of the device, nothing of others. */
export type ConsentInAdvance = Pick<Consent, 'decision' | 'keyVaultName'> & { decision: 'delete-vault' | 'keep-vault' };

const fields = ['decision', 'keyVaultName', 'inventory', 'by', 'reason', 'releaseLocks'];
const decisions = ['delete-vault', 'keep-vault', 'cancel'] as const;

/** Reads a consent, for its sender and for validators. @throws Refusal InvalidInput with the text to type instead */
export const readConsent = (message: unknown): Consent => {
  const { decision, keyVaultName, inventory, by, reason, releaseLocks } = plainObject(message, fields);
  const said = oneOf('decision', decision, decisions);
  if (inventory !== undefined && !Number.isInteger(inventory)) {
    throw new Refusal('InvalidInput', `inventory must be the number shown with the inventory; got ${shown(inventory)}`);
  }
  return {
    decision: said,
    keyVaultName: readKeyVaultName(keyVaultName),
    by: shortText('by', by),
    ...(inventory === undefined ? {} : { inventory: inventory as number }),
    ...(reason === undefined ? {} : { reason: shortText('reason', reason) }),
    ...(releaseLocks === undefined ? {} : { releaseLocks: readLockIds(said, releaseLocks) }),
  };
};

/**
 * Reads a consent in a handler, which runs again on every replay: by its shape only, so that no limit or pattern of a
 * later release changes the result. Long texts are shortened. `objectionTo` judges whether the consent counts. Returns
 * undefined for any other message.
 */
export const takeConsent = (message: unknown): Consent | undefined => {
  if (typeof message !== 'object' || message === null) return undefined;
  const { decision, keyVaultName, inventory, by, reason, releaseLocks } = message as Partial<Record<string, unknown>>;
  const said = decisions.find((known) => known === decision);
  if (!said || typeof keyVaultName !== 'string' || typeof by !== 'string' || by === '') return undefined;
  if (inventory !== undefined && typeof inventory !== 'number') return undefined;
  return {
    decision: said,
    keyVaultName: lineOf(keyVaultName),
    by: lineOf(by),
    ...(inventory === undefined ? {} : { inventory }),
    ...(typeof reason === 'string' && reason !== '' ? { reason: lineOf(reason) } : {}),
    ...(said === 'delete-vault' && Array.isArray(releaseLocks) ? { releaseLocks: takeLockIds(releaseLocks) } : {}),
  };
};

/** Each once: those that count are ids of locks that are there. */
const takeLockIds = (ids: readonly unknown[]): string[] => [
  ...new Set(ids.map((id) => (typeof id === 'string' ? id : shown(id)))),
];

const readLockIds = (decision: ConsentDecision, ids: unknown): string[] => {
  if (decision !== 'delete-vault')
    throw new Refusal('InvalidInput', 'releaseLocks requires the decision "delete-vault"');
  if (Array.isArray(ids) && ids.length <= 10 && ids.every((id) => typeof id === 'string' && lockId.test(id))) {
    return ids as string[];
  }
  throw new Refusal('InvalidInput', `releaseLocks must be a list of lock ids from the inventory; got ${shown(ids)}`);
};

const lockId = /^\/subscriptions\/[^\s]{1,1000}\/providers\/Microsoft\.Authorization\/locks\/[^\s/]{1,260}$/i;

/** @throws Refusal InvalidInput */
export const readConsentInAdvance = (consent: unknown): ConsentInAdvance => {
  const { decision, keyVaultName } = plainObject(consent, ['decision', 'keyVaultName']);
  return {
    decision: oneOf('decision', decision, ['delete-vault', 'keep-vault']),
    keyVaultName: readKeyVaultName(keyVaultName),
  };
};

/** The question that stands. */
type Asked = {
  keyVaultName: string;
  /** Undefined while what lies in the vault is still being listed: it can be kept, not deleted. */
  inventory?: number;
  /** Ids of the locks on the vault itself. */
  releasable: readonly string[];
};

/** The question and the answers so far. */
export type ConsentState = {
  /** None before it is known which vault is asked about. */
  question?: Asked;
  answer?: Pick<Consent, 'decision' | 'by' | 'releaseLocks'>;
  /** What can no longer be changed: `device` once its deletion has begun, `vault` once its lock is coming off. */
  past?: 'device' | 'vault';
};

/**
 * Returns why a consent does not count, or undefined. The last consent counts until the vault's lock is removed, with
 * one exception: keep overrides delete. A consent must name the device's vault and, to delete it, the inventory that
 * was read.
 */
export const objectionTo = (
  { decision, keyVaultName, inventory, releaseLocks = [] }: Consent,
  { question, answer, past }: ConsentState,
): string | undefined => {
  if (!question) return 'the operation has not asked yet: it asks with the inventory of the vault, see the status';
  if (keyVaultName.toLowerCase() !== question.keyVaultName.toLowerCase()) {
    return `the question concerns the vault "${question.keyVaultName}", not "${keyVaultName}"`;
  }
  if (past === 'vault') return 'too late: the lock of the vault is being removed, and its deletion follows';
  if (decision === 'cancel' && past === 'device') {
    return 'too late to cancel: the deletion of the device has begun; answer "keep-vault" to keep its vault';
  }
  if (decision !== 'delete-vault') return repeated(decision, answer);
  return (
    objectionToDelete(inventory, question.inventory, answer) ??
    objectionToRelease(releaseLocks, question) ??
    (releasesMore(releaseLocks, answer) ? undefined : repeated(decision, answer))
  );
};

/** Why what was said in advance does not count: then it is asked, as if nothing had been said. */
export const objectionInAdvance = (
  { decision, keyVaultName }: ConsentInAdvance,
  present: { name: string; proven: boolean },
  secrets: Inventory['secrets'],
): string | undefined => {
  if (keyVaultName.toLowerCase() !== present.name.toLowerCase()) {
    return `the vault of the device is "${present.name}", not "${keyVaultName}"`;
  }
  if (decision === 'keep-vault') return undefined;
  if (!present.proven)
    return 'consent in advance does not cover a vault without proof that it belongs to the present device';
  const foreign = secrets.filter(({ own }) => !own).map(({ name }) => name);
  if (foreign.length === 0) return undefined;
  const others = foreign.length > mostNamed ? ' and others' : '';
  return `consent in advance does not cover foreign secrets: ${foreign.slice(0, mostNamed).join(', ')}${others}`;
};

/** Names in a sentence. */
const mostNamed = 10;

/**
 * Returns whether a consent to one inventory covers the other: it contains nothing that was not read. A lock may have
 * gone.
 */
export const agreesWith = (agreed: Inventory, present: Inventory): boolean =>
  agreed.digest === present.digest &&
  present.locks.every(({ id, level }) => agreed.locks.some((lock) => sameId(lock.id, id) && lock.level === level));

const objectionToDelete = (
  inventory: number | undefined,
  current: number | undefined,
  answer: ConsentState['answer'],
): string | undefined => {
  if (answer?.decision === 'keep-vault' || answer?.decision === 'cancel') {
    return `${answer.by} answered "${answer.decision}", which overrides delete: start the deletion again to be asked again`;
  }
  if (current === undefined) {
    return 'the operation has not asked yet: it is still listing the vault; "keep-vault" and "cancel" count already';
  }
  if (inventory === undefined) return `name the inventory that you read: the present number is ${current}`;
  if (inventory !== current) return `inventory ${inventory} is out of date: read number ${current} and decide again`;
  return undefined;
};

const objectionToRelease = (ids: readonly string[], { keyVaultName, releasable }: Asked): string | undefined => {
  const other = ids.find((id) => !releasable.some((lock) => sameId(lock, id)));
  if (other === undefined) return undefined;
  return `${other} is not a lock on the vault "${keyVaultName}" itself: only its owner can remove it`;
};

/** Who has agreed already and finds another lock in the way may release that one as well. */
const releasesMore = (ids: readonly string[], answer: ConsentState['answer']): boolean =>
  ids.some((id) => !answer?.releaseLocks?.some((released) => sameId(released, id)));

const repeated = (decision: ConsentDecision, answer: ConsentState['answer']): string | undefined =>
  answer?.decision === decision ? `${answer.by} has already answered "${decision}", which counts` : undefined;
