/** What `ase device delete` and `ase vault delete` have in common: consent on the command line, or asked for. */
import { Option, type Command } from 'commander';
import type { Ase, DeleteDeviceResult, DeleteKeyVaultResult, Started } from '../client.ts';
import { AseError } from '../client/errors.ts';
import { consentAwaited } from '../client/situation.ts';
import type { ConsentInAdvance } from '../domain/consent.ts';
import { describeLeft, type AuditLogLeft } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import type { ConsentQuestion } from '../workflows/messages.ts';
import { callerName, noWait } from './command.ts';
import { promptConsent } from './consent.ts';
import { UsageError } from './failure.ts';
import { seeThrough, type Operation } from './operation.ts';
import { during, isAtTerminal, say } from './terminal.ts';

export const addConsentOptions = (leaf: Command, vaultName: string): Command =>
  leaf
    .addOption(
      new Option('--consent <decision>', 'said in advance; secrets of others are asked about all the same').choices([
        'delete-vault',
        'keep-vault',
      ]),
    )
    .option('--vault-name <name>', vaultName)
    .addOption(noWait());

export type DeletionOptions = {
  consent?: ConsentInAdvance['decision'];
  vaultName?: string;
  wait: boolean;
};

/** @throws UsageError */
export const readConsentOption = ({ consent, vaultName }: DeletionOptions): { consent?: ConsentInAdvance } => {
  if (consent === undefined) return {};
  if (vaultName !== undefined) return { consent: { decision: consent, keyVaultName: vaultName } };
  throw new UsageError(`--consent ${consent} needs the name of the vault`, `Add --vault-name <name of the key vault>.`);
};

/** After the result of a deletion, which names the same for programs. */
const sayWhatIsLeft = (result: object): void => {
  const { auditLog } = (result as DeleteDeviceResult | DeleteKeyVaultResult).keyVault as { auditLog?: AuditLogLeft };
  if (auditLog) say([describeLeft(auditLog), ...auditLog.remove.map((line) => `  ${line}`)].join('\n'));
};

/**
 * Asks whoever sits at the terminal, again after an answer that came too late or does not fit. The answer is for the run whose
 * question was read: another one counts its inventories from 1 as well.
 * @throws AseError ConsentAwaited where nobody does
 */
const answerAtTerminal =
  (ase: Ase, device: DeviceId, { runId }: Started) =>
  async (question: ConsentQuestion): Promise<void> => {
    if (!isAtTerminal()) throw consentAwaited(device, question);
    const decision = await promptConsent(question);
    const { keyVaultName, inventory } = question;
    try {
      const by = callerName();
      const consent = { deviceId: device.id, runId, decision, keyVaultName, inventory, by };
      await during('Sending the consent', () => ase.consent(consent));
    } catch (error) {
      if (!(error instanceof AseError) || error.type !== 'ConsentRefused') throw error;
      say(`It does not count: ${error.message}`);
    }
  };

/** Follows a deletion to its end: whoever sits at the terminal is asked, and told what is left. */
export const seeDeletionThrough = (ase: Ase, deletion: Omit<Operation, 'answer' | 'remark'>): Promise<void> => {
  const answer = answerAtTerminal(ase, deletion.device, deletion.started);
  return seeThrough(ase, { ...deletion, answer, remark: sayWhatIsLeft });
};
