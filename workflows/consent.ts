/** The desk where a person says what is to become of a vault: the last word counts, but keep beats delete. */
import { condition, setHandler } from '@temporalio/workflow';
import {
  type Consent,
  type ConsentInAdvance,
  type ConsentState,
  agreesWith,
  objectionInAdvance,
  objectionTo,
  readConsent,
  takeConsent,
} from '../domain/consent.ts';
import type { VaultAtStake } from '../domain/deletion.ts';
import { type DeviceId, sameId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { lineOf } from '../domain/inputs.ts';
import type { Inventory } from '../domain/inventory.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { nonRetryable, readOrThrow } from './failure.ts';
import {
  type ConsentQuestion,
  type ConsentRecord,
  type UnreadableConsent,
  consentSignal,
  consentUpdate,
} from './messages.ts';
import { type Progress, exampleConsent } from './progress.ts';
import type { Steps } from './step.ts';

export type ConsentDesk = ReturnType<typeof openConsent>;

/** The subject of the consent question. */
export type VaultInQuestion = {
  keyVault: KeyVaultRef;
  warning: string;
  inventory: Inventory;
  /** Hours from the question to its deadline; then silence counts as keep. */
  within: number;
};

/** Temporal's UI shows it where the message is written: the JSON can be sent as it is, and does no harm. */
const describe = (question: Pick<ConsentQuestion, 'keyVaultName'> | undefined): string => {
  const present = question
    ? `Answer whether the key vault is deleted: ${exampleConsent(question)}.`
    : 'Answer whether a key vault is deleted; no question is open now. One JSON object: {"decision":"keep-vault",' +
      '"keyVaultName":"ase-edge1-0123456ab","inventory":1,"by":"you"}.';
  return (
    `${present} decision: delete-vault, keep-vault or cancel. keyVaultName is the name of the vault as confirmation; inventory is the number ` +
    'of the inventory in the current details. Optional: reason, releaseLocks (ids of foreign locks).'
  );
};

/** Listens from the start, so that what is said too early is answered and recorded. */
export const openConsent = (progress: Progress) => {
  const state: ConsentState & { answer?: ConsentRecord } = {};
  const records: (ConsentRecord | UnreadableConsent)[] = [];
  let askedAbout: Inventory | undefined;
  let asked = 0;
  let beforeVault: ConsentState['past'];

  const keep = <R extends ConsentRecord | UnreadableConsent>(entry: R): R => {
    records.push(entry);
    if (records.length > mostRecorded) records.shift();
    progress.status.consents = records;
    progress.changed();
    return entry;
  };

  const record = (consent: Consent, ignoredBecause?: string): ConsentRecord => {
    const counted = ignoredBecause === undefined;
    return keep({ ...consent, at: new Date().toISOString(), counted, ...(counted ? {} : { ignoredBecause }) });
  };

  const put = ({ id, name }: KeyVaultRef, inventory?: Inventory): void => {
    if (inventory) asked += 1;
    askedAbout = inventory;
    const onVault = inventory?.locks.filter(({ scope }) => sameId(scope, id)) ?? [];
    const releasable = onVault.map((lock) => lock.id);
    state.question = { keyVaultName: name, ...(inventory ? { inventory: asked } : {}), releasable };
    delete state.answer;
  };

  const count = (consent: Consent): void => void (state.answer = record(consent));

  const assertCounts = (message: unknown): void => {
    const why = objectionTo(
      readOrThrow(() => readConsent(message)),
      state,
    );
    if (why) throw nonRetryable('ConsentRefused', why);
  };

  /** It was accepted, so it counts: on replay too, when no validator runs and what is acceptable may have changed. */
  const onUpdate = (message: unknown): { inventory: number } => {
    count(takeConsent(message) as Consent);
    return { inventory: asked };
  };

  const onSignal = (message: unknown): void => {
    const consent = takeConsent(message);
    if (!consent) {
      return void keep({ at: new Date().toISOString(), counted: false, ignoredBecause: whyUnreadable(message) });
    }
    const why = objectionTo(consent, state);
    if (why) record(inFewWords(consent), why);
    else count(consent);
  };

  /** Again with each question: a handler's description is what it was set with. */
  const listen = (question?: Pick<ConsentQuestion, 'keyVaultName'>): void => {
    const description = describe(question);
    setHandler(consentUpdate, onUpdate, { validator: assertCounts, description });
    setHandler(consentSignal, onSignal, { description: `${description} A signal returns no answer; see status.` });
  };
  listen();

  return {
    /** Undefined before anything was asked. */
    get answer(): ConsentRecord | undefined {
      return state.answer;
    },
    /** The last word that counted; a question has been asked before. */
    lastWord: (): ConsentRecord => state.answer!,
    keeps: (): boolean => state.answer !== undefined && state.answer.decision !== 'delete-vault',
    /** Whether the deletion of exactly this was agreed to. */
    covers: (inventory: Inventory): boolean =>
      state.answer?.decision === 'delete-vault' && askedAbout !== undefined && agreesWith(askedAbout, inventory),
    /** It is listed what lies in the vault: it may be kept before anybody is asked. */
    isListing: ({ name: keyVaultName }: KeyVaultRef): void => {
      state.question ??= { keyVaultName, releasable: [] };
      listen({ keyVaultName });
    },
    /**
     * What was said when the procedure was started counts as far as its asker could know what lies in the vault.
     * @param inventory not needed to keep the vault
     */
    takeInAdvance: (given: ConsentInAdvance, by: string, vault: VaultAtStake, inventory?: Inventory): void => {
      const { keyVault, proven } = vault;
      const why = objectionInAdvance(given, { name: keyVault.name, proven }, inventory?.secrets ?? []);
      if (why) return void record({ ...given, by }, why);
      put(keyVault, inventory);
      count({ ...given, by });
    },
    ask: async ({ keyVault, warning, inventory, within }: VaultInQuestion): Promise<void> => {
      put(keyVault, inventory);
      const { name: keyVaultName } = keyVault;
      const { secrets, total, locks } = inventory;
      const answerBy = new Date(Date.now() + within * hour).toISOString();
      const question = { keyVaultName, inventory: asked, warning, secrets, total, locks, answerBy };
      progress.ask(question);
      listen(question);
      try {
        await condition(() => state.answer !== undefined, within * hour, { summary: summaryOf(question) });
      } finally {
        listen();
        progress.answered();
      }
      const reason = 'silence until the deadline';
      state.answer ??= record({ decision: 'keep-vault', keyVaultName, by: 'nobody', reason });
    },
    /** From here on the device cannot be spared. */
    deviceGoes: (): void => void (state.past = 'device'),
    /** From here on no word can save the vault. */
    vaultGoes: (): void => {
      beforeVault = state.past;
      state.past = 'vault';
    },
    /** Its deletion failed, and it is locked again. */
    vaultStays: (): void => {
      delete state.past;
      if (beforeVault) state.past = beforeVault;
    },
  };
};

/** For people; nothing is decided by it. */
const whyUnreadable = (message: unknown): string => {
  try {
    readConsent(message);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
  }
  return 'it is not a consent';
};

/** Ids that are none of a lock on the vault may be anything. */
const inFewWords = ({ releaseLocks, ...consent }: Consent): Consent => ({
  ...consent,
  ...(releaseLocks ? { releaseLocks: releaseLocks.slice(0, 10).map((id) => lineOf(id)) } : {}),
});

const hour = 3_600_000;

/** Records that the status keeps. */
const mostRecorded = 100;

/** The timer's summary is the only text about the question on the page that people open. */
const summaryOf = (question: ConsentQuestion): string =>
  `CONSENT about ${question.keyVaultName}: read the inventory in User Metadata. Send update "consent" ${exampleConsent(question)}`;

export type VaultQuestion = {
  device: DeviceId;
  vault: VaultAtStake;
  warningOf: (inventory: Inventory) => string;
  /** What was said when the procedure was started, and by whom. */
  inAdvance?: ConsentInAdvance | undefined;
  by: string;
  /** Hours that each answer is waited for. */
  within: number;
};

/**
 * Asks until a consent covers the present contents of the vault, or the vault is kept. A vault that is kept needs no
 * inventory: a consent to keep it ends a listing that takes long or is impossible.
 */
export const askAboutVault = async (
  { stepUnless, lock }: Pick<Steps, 'stepUnless'> & { lock: { waited: () => void } },
  desk: ConsentDesk,
  { device, vault, warningOf, inAdvance, by, within }: VaultQuestion,
): Promise<void> => {
  const { keyVault, channelIntegrityKeyName, derivedKeyName } = vault;
  const names = {
    ...(channelIntegrityKeyName ? { channelIntegrityKeyName } : {}),
    ...(derivedKeyName ? { derivedKeyName } : {}),
  };
  const input = { device, keyVault, ...names };
  if (inAdvance?.decision === 'keep-vault' && !desk.answer) desk.takeInAdvance(inAdvance, by, vault);
  while (!desk.keeps()) {
    desk.isListing(keyVault);
    const inventory = await stepUnless(desk.keeps, 'takeInventory', input);
    if (!inventory) return;
    if (inAdvance?.decision === 'delete-vault' && !desk.answer) desk.takeInAdvance(inAdvance, by, vault, inventory);
    if (desk.covers(inventory) || desk.keeps()) return;
    await desk.ask({ keyVault, warning: warningOf(inventory), inventory, within });
    lock.waited();
  }
};
