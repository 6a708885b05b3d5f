/** What can be said to a running procedure and asked of it. Each message is one JSON object; names are an API. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Consent } from '../domain/consent.ts';
import type { AuditLogLeft } from '../domain/deletion.ts';
import type { InventorySecret } from '../domain/inventory.ts';
import type { Lock } from '../domain/locks.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import type { Phase } from './search-attributes.ts';
import type { StepName } from './steps.ts';

/** A person's decision about a blocked step. */
export type Decision = {
  /** Name of the blocked step. */
  step: string;
  decision: 'retry' | 'skip' | 'abort';
  /** Number of the block that is meant. Without it, step and failure must be those of the present block. */
  block?: number;
  /** Type of the block's present cause. */
  failure?: string;
  /** Who decides; shown and recorded as claimed. */
  by: string;
  reason?: string;
  /** With `retry`: fields to change, such as another keyVaultName. */
  input?: Record<string, unknown>;
};

/**
 * Why a procedure waits for a person. One block lasts from its first cause until its step resumes: the cause may
 * change, the number and the deadline do not.
 */
export type Block = {
  /** Counts the blocks of this run, from 1. */
  block: number;
  step: StepName;
  /** Type of the present cause, as the worker that found it named it; of the table of failures, or of a later one. */
  failure: string;
  /** Types of all causes since it blocked, each once, the first one first. */
  causes: readonly string[];
  class: string;
  message: string;
  /** When it blocked: ISO time, UTC. The deadline counts from here. */
  since: string;
  who: string;
  remedy: string;
  /** Whether it goes on by itself when the cause is gone. */
  heals: boolean;
  /** Whether `retry` can help without another input. */
  retryHelps: boolean;
  /** How often `retry` is still taken in this run. */
  retriesLeft: number;
  skippable: boolean;
  /** False where giving up would leave something unprotected: only `retry` helps. */
  abortable: boolean;
  /** Fields that `retry` may change. */
  accepts: readonly string[];
  /** Input with which `retry` gets past the cause, where one is known that the step takes. */
  retryWith?: Record<string, string> | undefined;
};

/** A decision and its result. Each block takes exactly one; the others are recorded as ignored. */
export type DecisionRecord = Decision & { at: string; applied: boolean; ignoredBecause?: string };

/** The question to a person before a vault is deleted. */
export type ConsentQuestion = {
  keyVaultName: string;
  /** Number of the inventory, from 1: the answer names it, so that nobody consents to what was not read. */
  inventory: number;
  /** What stops working with the vault. */
  warning: string;
  /** Not all of them, where they are many. */
  secrets: InventorySecret[];
  /** How many secrets the vault holds. */
  total: number;
  locks: Lock[];
  /** ISO time, UTC. Silence until then keeps the vault. */
  answerBy: string;
};

/** A consent, and whether it counted. */
export type ConsentRecord = Consent & { at: string; counted: boolean; ignoredBecause?: string };
/** A signal that was not a consent. */
export type UnreadableConsent = { at: string; counted: false; ignoredBecause: string };

export type StepRecord = {
  step: StepName;
  says: string;
  state: 'running' | 'blocked' | 'done' | 'skipped' | 'postponed' | 'failed';
  startedAt: string;
  endedAt?: string;
};

/** The progress of a procedure. */
export type Status = {
  procedure: string;
  /** `<subscription>/<group>/<device>`, lower case, once the input is accepted. */
  device?: string;
  phase: Phase;
  steps: StepRecord[];
  blocked?: Block;
  decisions: DecisionRecord[];
  /** The question that waits for an answer. */
  consent?: ConsentQuestion;
  /** All that was said about the vault, oldest first. */
  consents?: (ConsentRecord | UnreadableConsent)[];
  activationKey?: ActivationKeyRef;
  /** What a deletion has left. */
  auditLog?: AuditLogLeft;
};

/** Answers with the block that the decision was applied to. Rejected when it fits no block or another decision came first. */
export const decideUpdate = defineUpdate<{ block: number }, [Decision]>('decide');
/** The same without an answer, for batches and the web UI; one that fits nothing is recorded as ignored. */
export const decideSignal = defineSignal<[Decision]>('decide');
/** Answers with the number of the inventory that was consented to, 0 before there is one. Rejected when it does not count, saying why. */
export const consentUpdate = defineUpdate<{ inventory: number }, [Consent]>('consent');
/** The same without an answer; one that does not count is recorded as ignored. */
export const consentSignal = defineSignal<[Consent]>('consent');
/**
 * The answer to a caller that has waited long enough: the procedure continues, and the query `status` returns the rest.
 */
export type Waiting = { waiting: true };
/** Answers with the reference of the activation key as soon as the key exists, and after a minute that it does not. */
export const awaitActivationKeyUpdate = defineUpdate<ActivationKeyRef | Waiting>('awaitActivationKey');
export const statusQuery = defineQuery<Status>('status');

/** Callers that may wait in `awaitActivationKey` at once: a server takes ten updates of a workflow, decisions among them. */
export const mostWaiters = 5;
/** Longest that one of them waits. Then the place is free again: a caller that went away cannot give it back. */
export const longestWait = '1 minute';
/**
 * Times that `awaitActivationKey` is answered in one run: a server takes 2,000 updates of a run, decisions among them, and a
 * wait that ends without a key costs ten events of the history.
 */
export const mostQuestions = 100;
/**
 * Retries that people can request in one run, so that its history stays small; as many again for steps that cannot be
 * aborted, which others must not use up. Signals are counted again on replay: another number requires a patch.
 */
export const mostRetries = 100;
