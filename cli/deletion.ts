/** What `ase device delete` and `ase vault delete` have in common: consent in advance or at the terminal. */
import { Option, type Command } from 'commander';
import type { Ase, DeleteDeviceResult, DeleteKeyVaultResult } from '../client.ts';
import { AseError } from '../client/errors.ts';
import { consentAwaited } from '../client/situation.ts';
import type { ConsentInAdvance } from '../domain/consent.ts';
import { describeLeft, type AuditLogLeft } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import type { ConsentQuestion } from '../workflows/messages.ts';
import type { Config } from '../config.ts';
import { callerName, noWait } from './command.ts';
import { promptConsent } from './consent.ts';
import { UsageError } from './failure.ts';
import { commandOf } from './hints.ts';
import { detached, seeThrough, type Operation } from './operation.ts';
import { during, isAtTerminal, leaveBehind, say } from './terminal.ts';

/** Adds the options of consent in advance. */
export const addConsentOptions = (leaf: Command, vaultName: string): Command =>
  leaf
    .addOption(
      new Option('--consent <decision>', 'consent in advance; foreign secrets require an answer all the same').choices([
        'delete-vault',
        'keep-vault',
      ]),
    )
    .option('--vault-name <name>', vaultName)
    .addOption(noWait());

/** Options of both deletions. */
export type DeletionOptions = {
  consent?: ConsentInAdvance['decision'];
  vaultName?: string;
  wait: boolean;
};

/** Returns the consent in advance, if any. @throws UsageError */
export const readConsentOption = ({ consent, vaultName }: DeletionOptions): { consent?: ConsentInAdvance } => {
  if (consent === undefined) return {};
  if (vaultName !== undefined) return { consent: { decision: consent, keyVaultName: vaultName } };
  throw new UsageError(
    `--consent ${consent} requires the name of the vault`,
    `Add --vault-name <name of the key vault>.`,
  );
};

type DeletionResult = DeleteDeviceResult | DeleteKeyVaultResult;

/** Returns the end of a deletion as one line. */
export const describeResult = (result: DeletionResult): string => {
  const { keyVault } = result;
  if (keyVault.outcome === 'kept' && keyVault.decided.decision === 'cancel')
    return 'Result: cancelled; nothing was deleted.';
  const device = 'device' in result && result.device === 'deleted' ? 'the device was deleted; ' : '';
  return `Result: ${device}${describeVault(keyVault)}.`;
};

const describeVault = (vault: DeletionResult['keyVault']): string => {
  switch (vault.outcome) {
    case 'kept':
      return `the key vault ${vault.keyVault.name} was kept and is locked`;
    case 'deleted':
      return `the key vault ${vault.keyVault.name} was deleted`;
    case 'left alone':
      return `no key vault was changed: ${vault.why}`;
  }
};

/** Reports how a deletion ended and the audit log that it leaves; the result contains the same data. */
const sayTheEnd = (result: object): void => {
  say(describeResult(result as DeletionResult));
  const { auditLog } = (result as DeletionResult).keyVault as { auditLog?: AuditLogLeft };
  if (auditLog) say([describeLeft(auditLog), ...auditLog.remove.map((line) => `  ${line}`)].join('\n'));
};

/** Returns the message of Ctrl-C at the question: the operation waits for an answer, and how to give it. */
const unanswered = (device: DeviceId, question: ConsentQuestion, config: Config): string =>
  [
    `No answer was given. The operation waits until ${question.answerBy}, then keeps the vault. To answer, type one of:`,
    ...consentAwaited(device, question)
      .actions.filter(({ action }) => action === 'consent')
      .map((answer) => `  ${commandOf(answer, config)}`),
  ].join('\n');

/**
 * Asks at the terminal, and again if the consent is refused. The consent names the run whose question was read: the inventories of
 * another run start at 1 as well.
 * @throws AseError ConsentAwaited without a terminal
 */
const answerAtTerminal =
  (ase: Ase, { device, config, started: { runId } }: Pick<Operation, 'device' | 'config' | 'started'>) =>
  async (question: ConsentQuestion): Promise<void> => {
    if (!isAtTerminal()) throw consentAwaited(device, question);
    leaveBehind(unanswered(device, question, config));
    const decision = await promptConsent(question);
    leaveBehind(detached(device, config));
    const { keyVaultName, inventory } = question;
    try {
      const by = callerName();
      const consent = { deviceId: device.id, runId, decision, keyVaultName, inventory, by };
      await during('Sending the consent', () => ase.consent(consent));
    } catch (error) {
      if (!(error instanceof AseError) || error.type !== 'ConsentRefused') throw error;
      say(`The consent was refused: ${error.message}`);
    }
  };

/** Follows a deletion to its end, asks for consent at a terminal, and reports what is left. */
export const seeDeletionThrough = (ase: Ase, deletion: Omit<Operation, 'answer' | 'remark'>): Promise<void> => {
  const answer = answerAtTerminal(ase, deletion);
  return seeThrough(ase, { ...deletion, answer, remark: sayTheEnd });
};
