/** What a procedure tells about itself: status, current details, search attributes. */
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { type AuditLogLeft, describeLeft, describeUnnamed } from '../domain/deletion.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import type { Block, ConsentQuestion, Decision, DecisionRecord, Status, StepRecord } from './messages.ts';
import { type Phase, searchAttributes } from './search-attributes.ts';
import type { StepName } from './steps.ts';
import { type WhyEnded, tellBegun, tellBlocked, tellCause, tellEnded, tellKey } from './telemetry.ts';

export type Progress = ReturnType<typeof openProgress>;

/** The details of the failure of a procedure that ended at a step. */
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

// The status as short markdown for Temporal's UI: lists and short code lines, since tables and long lines break there.

export const markdownOf = ({
  procedure,
  device,
  steps,
  blocked,
  decisions,
  consent,
  consents = [],
  activationKey,
  auditLog,
}: Status): string =>
  [
    `**${procedure}**${device ? ` for ${escaped(device)}` : ''}`,
    ...(blocked ? describeBlock(blocked) : []),
    ...(consent ? describeQuestion(consent) : []),
    ...(activationKey
      ? [`**Activation key**: fingerprint ${activationKey.fingerprint}, expires ${activationKey.expiresOn}`]
      : []),
    ...(auditLog ? [`**Left**: ${escaped(describeLeft(auditLog))}`, ...auditLog.remove.map(code)] : []),
    ...titled('Steps', steps.map(describeStep)),
    ...titled('Decisions', decisions.map(describeDecision)),
    ...titled('Consent', consents.map(describeConsent)),
  ].join('\n\n');

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`**${title}**`, lines.map((line) => `- ${line}`).join('\n')];

const marks: Record<StepRecord['state'], string> = {
  done: 'done:',
  running: '**now:**',
  blocked: '**blocked:**',
  skipped: 'skipped:',
  postponed: 'postponed:',
  failed: 'failed:',
};

const describeStep = ({ state, says }: StepRecord): string => `${marks[state]} ${escaped(says)}`;

const describeDecision = ({ applied, decision, step, by, reason, ignoredBecause }: DecisionRecord): string => {
  const why = [reason, ignoredBecause].flatMap((text) => (text ? [`, ${escaped(text)}`] : [])).join('');
  return `${applied ? 'applied' : 'ignored'}: ${decision} of ${step} by ${escaped(by)}${why}`;
};

const describeConsent = (record: NonNullable<Status['consents']>[number]): string => {
  if (!('decision' in record)) return `ignored: ${escaped(record.ignoredBecause)}`;
  const { counted, decision, keyVaultName, by, reason, ignoredBecause } = record;
  const why = [reason, ignoredBecause].flatMap((text) => (text ? [`, ${escaped(text)}`] : [])).join('');
  return `${counted ? 'accepted' : 'ignored'}: ${escaped(by)} chose ${decision} for ${escaped(keyVaultName)}${why}`;
};

const describeQuestion = (question: ConsentQuestion): string[] => [
  `**CONSENT required for the key vault ${escaped(question.keyVaultName)}**`,
  escaped(question.warning),
  ...titled(`Inventory number ${question.inventory}`, [
    ...question.secrets.map(
      ({ name, kind, versions }) => `${escaped(name)}: ${kind}, ${versions} ${versions === 1 ? 'version' : 'versions'}`,
    ),
    ...describeUnnamed(question),
  ]),
  ...titled(
    'Locks',
    question.locks.map(({ id, level }) => `${level}: ${escaped(id)}`),
  ),
  `Answer by ${question.answerBy}; silence keeps the vault. ${howToSend('consent')}`,
  code(exampleConsent(question)),
  ...titled('Choices', [
    'delete-vault: soft-delete the vault; it is recoverable for 90 days',
    'keep-vault: keep the vault, locked',
    'cancel: change nothing',
  ]),
];

/** An answer that can be copied as it is: the one that does no harm. */
export const exampleConsent = ({
  keyVaultName,
  inventory,
}: Pick<ConsentQuestion, 'keyVaultName'> & { inventory?: number }): string =>
  JSON.stringify({ decision: 'keep-vault', keyVaultName, inventory, by: 'you' });

const describeBlock = (block: Block): string[] => [
  `**BLOCKED at ${block.step}: ${block.failure}** (block ${block.block}, since ${minuteOf(block.since)})`,
  ...(block.causes.length > 1 ? [`Causes so far: ${block.causes.map(escaped).join(', ')}`] : []),
  escaped(block.message),
  `**To do (${block.who})**: ${escaped(block.remedy)}`,
  ...describeDecisions(block),
];

const describeDecisions = (block: Block): string[] => {
  const example = exampleDecision(block);
  if (!example) return [noDecision];
  const goesOn = block.heals
    ? 'The step resumes by itself when the cause is gone, or after a decision.'
    : 'The step waits for a decision.';
  return [`${goesOn} ${howToSend('decide')}`, code(example), ...titled('Choices', choicesOf(block))];
};

const choicesOf = ({ accepts, retriesLeft, skippable, abortable }: Block): string[] => [
  ...(retriesLeft > 0 ? [`retry${accepts.length > 0 ? `, with input: ${accepts.join(', ')}` : ''}`] : []),
  ...(skippable ? ['skip: continue without the audit trail'] : []),
  ...(abortable ? ['abort: end the procedure; completed steps stay'] : []),
];

/** `2026-11-24 14:29 UTC` of an ISO time. */
const minuteOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/**
 * Returns a decision that can be copied as it is: the one that resolves the block, if it is known. Decisions that
 * cannot help, or are no longer accepted, are not proposed; undefined if no decision is accepted.
 */
export const exampleDecision = (blocked: Block): string | undefined => {
  const { step, block, retryHelps, retryWith, retriesLeft, abortable } = blocked;
  const decided = (decision: Decision['decision'], more = {}): string =>
    JSON.stringify({ step, block, decision, by: 'you', ...more });
  if (retriesLeft > 0 && retryWith) return decided('retry', { input: retryWith });
  if (retriesLeft > 0 && (retryHelps || !abortable)) return decided('retry');
  return abortable ? decided('abort') : undefined;
};

/** For a step that cannot be aborted, when all its retries are used. */
export const noDecision = 'No further decision is accepted: the step resumes by itself when the cause is gone.';

/** The message stands alone in the next paragraph, so that three clicks mark it and nothing else. */
const howToSend = (message: string): string =>
  `Send the update ${code(message)} (More Actions, Send an Update), with your name for "you":`;

const code = (text: string): string => `\`${text}\``;

/** Text of Azure and of people is shown as text: the UI renders raw HTML, and makes links of bare addresses. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|~-]|:(?=\S)|(?<=www)\./gi, '\\$&');
