/** What a procedure tells about itself: status, current details, search attributes. */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import type { AuditLogLeft } from '../domain/deletion.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import { markdownOf } from './current-details.ts';
import type { Block, ConsentQuestion, Decision, Status, StepRecord } from './messages.ts';
import { searchAttributes, type Phase } from './search-attributes.ts';
import type { StepName } from './steps.ts';
import { tellBegun, tellBlocked, tellCause, tellEnded, tellKey, type WhyEnded } from './telemetry.ts';

export type Progress = ReturnType<typeof openProgress>;

/** The details of the failure of a procedure that was given up at a step. */
export type OutcomeSoFar = { done: string[]; causes: readonly string[]; decision?: Decision };

const now = (): string => new Date().toISOString();

export const openProgress = (procedure: string) => {
  const status: Status = { procedure, phase: 'working', steps: [], decisions: [] };
  let unblocked = 0;
  const show = (): void => setCurrentDetails(markdownOf(status));

  /** Attributes are written only when they change: each write is an event of the history. */
  const enter = (phase: Phase, also: SearchAttributeUpdatePair[] = []): void => {
    if (phase === status.phase && also.length === 0) return;
    status.phase = phase;
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }, ...also]);
  };

  /** A key that is out stays the news, whatever is still awaited. */
  const calmPhase = (waits = false): Phase => (status.activationKey ? 'key-issued' : waits ? 'waiting' : 'working');

  const end = (record: StepRecord, state: StepRecord['state'], why?: WhyEnded): void => {
    // One that failed and blocked afterwards was told when it failed.
    const told = record.endedAt !== undefined;
    record.state = state;
    record.endedAt = now();
    show();
    if (!told) tellEnded(record, why);
  };

  return {
    status,
    accept: (device: string): void => {
      status.device = device;
      enter('working', [{ key: searchAttributes.device, value: device }]);
    },
    begin: (step: StepName, says: string, waits: boolean): StepRecord => {
      const record: StepRecord = { step, says, state: 'running', startedAt: now() };
      status.steps.push(record);
      enter(calmPhase(waits));
      show();
      tellBegun(step);
      return record;
    },
    end,
    block: (record: StepRecord, block: Block, { attempts }: WhyEnded): void => {
      record.state = 'blocked';
      status.blocked = block;
      enter('blocked', [
        { key: searchAttributes.blockedStep, value: block.step },
        { key: searchAttributes.failure, value: block.failure },
      ]);
      show();
      tellBlocked(block, attempts);
    },
    /** The same block has another cause now. */
    turn: (block: Block, { attempts }: WhyEnded): void => {
      upsertSearchAttributes([{ key: searchAttributes.failure, value: block.failure }]);
      show();
      tellCause(block, attempts);
    },
    unblock: (record: StepRecord, awaitsAzure: boolean): void => {
      unblocked += 1;
      record.state = 'running';
      delete status.blocked;
      enter(calmPhase(awaitsAzure), [
        { key: searchAttributes.blockedStep, value: null },
        { key: searchAttributes.failure, value: null },
      ]);
      show();
    },
    /** The failure stays findable when the procedure ends with it. */
    fail: (record: StepRecord, why: WhyEnded): void => {
      upsertSearchAttributes([{ key: searchAttributes.failure, value: why.type }]);
      end(record, 'failed', why);
    },
    /** What a procedure that was given up leaves behind, what blocked it, and who gave it up; the next run adopts it. */
    outcomeSoFar: (causes: readonly string[], decision: Decision | undefined): OutcomeSoFar => ({
      done: status.steps.filter(({ state }) => state === 'done').map(({ says }) => says),
      causes,
      ...(decision ? { decision } : {}),
    }),
    ask: (question: ConsentQuestion): void => {
      status.consent = question;
      enter('consent');
      show();
    },
    answered: (): void => {
      delete status.consent;
      enter('working');
      show();
    },
    issued: (key: ActivationKeyRef): void => {
      status.activationKey = key;
      enter('key-issued', [{ key: searchAttributes.keyExpiry, value: new Date(key.expiresOn) }]);
      show();
      tellKey(key);
    },
    /** What a deletion leaves on purpose; answers with the member of its result. */
    leave: (auditLog: AuditLogLeft | undefined): { auditLog?: AuditLogLeft } => {
      if (!auditLog) return {};
      status.auditLog = auditLog;
      show();
      return { auditLog };
    },
    /** Nobody finds a procedure among the blocked ones that has ended, whatever ended it. */
    close: (): void => {
      if (!status.blocked) return;
      upsertSearchAttributes([
        { key: searchAttributes.phase, value: calmPhase() },
        { key: searchAttributes.blockedStep, value: null },
      ]);
    },
    changed: show,
    /** How many blocks are over. */
    unblocked: (): number => unblocked,
  };
};
