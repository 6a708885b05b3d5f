/** The desk where a person says what is to become of a vault: the last word counts, but keep beats delete. */
import { condition, log, setHandler } from '@temporalio/workflow';
import {
  objectionInAdvance,
  objectionTo,
  readConsent,
  type Consent,
  type ConsentInAdvance,
  type ConsentState,
} from '../domain/consent.ts';
import type { VaultAtStake } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import type { Inventory } from '../domain/inventory.ts';
import { asFailure, nonRetryable } from './failure.ts';
import { exampleConsent } from './current-details.ts';
import { consentSignal, consentUpdate, type ConsentQuestion, type ConsentRecord } from './messages.ts';
import type { Progress } from './progress.ts';
import type { Steps } from './step.ts';

export type ConsentDesk = ReturnType<typeof openConsent>;

/** What is asked about. */
export type VaultInQuestion = { keyVaultName: string; warning: string; inventory: Inventory };

const description =
  'Say what is to become of the key vault. One JSON object: {"decision":"delete-vault","keyVaultName":"ase-edge1-0123456ab",' +
  '"inventory":1,"by":"you"}. decision: delete-vault, keep-vault or cancel. keyVaultName is the name typed back; inventory is ' +
  'the number shown in the status with what lies in the vault. Optional: reason, releaseLocks (ids of locks that are not ours).';

/** Listens from the start, so that what is said too early is answered and recorded. */
export const openConsent = (progress: Progress) => {
  let within = 0;
  let answerBy: number | undefined;
  const state: ConsentState & { answer?: ConsentRecord } = {};
  const records: ConsentRecord[] = [];
  let agreedTo: string | undefined;
  let asked = 0;
  let beforeVault: ConsentState['past'];

  const record = (consent: Consent, ignoredBecause?: string): ConsentRecord => {
    const counted = ignoredBecause === undefined;
    const entry = { ...consent, at: new Date().toISOString(), counted, ...(counted ? {} : { ignoredBecause }) };
    records.push(entry);
    if (records.length > mostRecorded) records.shift();
    progress.status.consents = records;
    progress.changed();
    return entry;
  };

  const put = (keyVaultName: string, { digest }: Inventory): void => {
    asked += 1;
    agreedTo = digest;
    state.question = { keyVaultName, inventory: asked };
    delete state.answer;
  };

  const count = (consent: Consent): void => void (state.answer = record(consent));

  const assertCounts = (message: unknown): Consent => {
    const consent = reading(message);
    const why = objectionTo(consent, state);
    if (why) throw nonRetryable('ConsentRefused', why);
    return consent;
  };

  setHandler(
    consentUpdate,
    (message) => {
      count(assertCounts(message));
      return { inventory: asked };
    },
    { validator: (message) => void assertCounts(message), description },
  );
  setHandler(
    consentSignal,
    (message) => {
      const consent = tryReading(message);
      if (!consent) return log.warn('a signal "consent" that cannot be read was ignored');
      const why = objectionTo(consent, state);
      if (why) record(consent, why);
      else count(consent);
    },
    { description: `${description} As a signal it gets no answer; see status.` },
  );

  return {
    /** Hours from the first question to the deadline; then silence counts as keep. */
    expectWithin: (hours: number): void => void (within = hours),
    /** Undefined before anything was asked. */
    get answer(): ConsentRecord | undefined {
      return state.answer;
    },
    /** The last word that counted; a question has been asked before. */
    lastWord: (): ConsentRecord => state.answer!,
    keeps: (): boolean => state.answer !== undefined && state.answer.decision !== 'delete-vault',
    /** Whether the deletion of exactly this was agreed to. */
    covers: ({ digest }: Inventory): boolean => state.answer?.decision === 'delete-vault' && agreedTo === digest,
    /** What was said when the procedure was started counts as far as its asker could know what lies in the vault. */
    takeInAdvance: (given: ConsentInAdvance, by: string, { keyVaultName, inventory }: VaultInQuestion): void => {
      const why = objectionInAdvance(given, keyVaultName, inventory);
      if (why) return void record({ ...given, by }, why);
      put(keyVaultName, inventory);
      count({ ...given, by });
    },
    ask: async ({ keyVaultName, warning, inventory }: VaultInQuestion): Promise<void> => {
      put(keyVaultName, inventory);
      answerBy ??= Date.now() + within * hour;
      const { secrets, locks } = inventory;
      const until = new Date(answerBy).toISOString();
      const question = { keyVaultName, inventory: asked, warning, secrets, locks, answerBy: until };
      progress.ask(question);
      const left = Math.max(answerBy - Date.now(), 1);
      await condition(() => state.answer !== undefined, left, { summary: summaryOf(question) });
      state.answer ??= record({
        decision: 'keep-vault',
        keyVaultName,
        by: 'nobody',
        reason: 'silence until the deadline',
      });
      progress.answered();
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

const hour = 3_600_000;

/** Records that the status keeps. */
const mostRecorded = 100;

/** The timer's summary is the only text about the question on the page that people open. */
const summaryOf = (question: ConsentQuestion): string =>
  `CONSENT about ${question.keyVaultName}: read the inventory in the details. Send update "consent" ${exampleConsent(question)}`;

const reading = (message: unknown): Consent => {
  try {
    return readConsent(message);
  } catch (error) {
    throw asFailure(error);
  }
};

/** What is no consent at all has nobody to be told and nothing to be recorded with. */
const tryReading = (message: unknown): Consent | undefined => {
  try {
    return readConsent(message);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
};

export type VaultQuestion = {
  device: DeviceId;
  vault: VaultAtStake;
  warning: string;
  /** What was said when the procedure was started, and by whom. */
  inAdvance?: ConsentInAdvance | undefined;
  by: string;
};

/** Asks until somebody has agreed to the deletion of what now lies in the vault, or it is to be kept. */
export const askAboutVault = async (
  { step }: Steps,
  desk: ConsentDesk,
  { device, vault, warning, inAdvance, by }: VaultQuestion,
): Promise<void> => {
  const { keyVault, channelIntegrityKeyName } = vault;
  const input = { device, keyVault, ...(channelIntegrityKeyName ? { channelIntegrityKeyName } : {}) };
  while (!desk.keeps()) {
    const inventory = await step('takeInventory', input);
    const question = { keyVaultName: keyVault.name, warning, inventory };
    if (inAdvance && !desk.answer) desk.takeInAdvance(inAdvance, by, question);
    if (desk.covers(inventory)) return;
    if (!desk.keeps()) await desk.ask(question);
  }
};
