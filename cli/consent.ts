/** Consent to delete or keep a key vault: the question, its answer at a terminal, and `ase consent`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ConsentRequest } from '../client.ts';
import { reading } from '../client/errors.ts';
import { readConsent, type ConsentDecision } from '../domain/consent.ts';
import { describeUnnamed } from '../domain/deletion.ts';
import { keyVaultLockName } from '../domain/locks.ts';
import type { ConsentQuestion } from '../workflows/messages.ts';
import { addDeviceOptions, addLeaf, callerName, print, readDevice, type DeviceOptions } from './command.ts';
import { commandOf, describeSent } from './hints.ts';
import { withAse } from './operation.ts';
import { table } from './output.ts';
import { ask, during, leaveBehind, say } from './terminal.ts';

/** Adds `ase consent`. */
export const addConsent = (program: Command): void => {
  const leaf = addLeaf(program, 'consent', {
    description: 'answer the consent question of a deletion: delete, keep or cancel',
    example: 'ase consent -g edge-rg -n edge-1 --decision delete-vault --vault-name ase-edge1-0123456ab --inventory 1',
  });
  addDeviceOptions(leaf)
    .addOption(
      new Option('--decision <decision>', 'delete or keep the key vault; cancel keeps the device as well')
        .choices(['delete-vault', 'keep-vault', 'cancel'])
        .makeOptionMandatory(),
    )
    .requiredOption('--vault-name <name>', 'name of the key vault, typed in full')
    .option('--inventory <number>', 'number of the inventory that you read; required to delete', readNumber)
    .option('--release-lock <id...>', 'with delete-vault: foreign locks on the vault that may be removed')
    .option('--reason <text>', 'reason; recorded with the operation')
    .option('--by <name>', 'who decides', callerName())
    .action(() => sendConsent(leaf.opts()));
};

const readNumber = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Use the number shown with the inventory: ase status');
};

type Options = DeviceOptions & {
  decision: ConsentRequest['decision'];
  vaultName: string;
  inventory?: number;
  reason?: string;
  by: string;
  releaseLock?: string[];
};

const sendConsent = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const { decision, vaultName, inventory, reason, by, releaseLock } = options;
  const said = {
    decision,
    keyVaultName: vaultName,
    by,
    ...(inventory === undefined ? {} : { inventory }),
    ...(reason === undefined ? {} : { reason }),
    ...(releaseLock === undefined ? {} : { releaseLocks: releaseLock }),
  };
  reading(() => readConsent(said));
  await withAse(config, options, async (ase) => {
    leaveBehind(
      `Interrupted. The consent may have been recorded. To check: ${commandOf({ action: 'status', deviceId: device.id }, config)}`,
    );
    const sent = await during('Sending the consent', () => ase.consent({ deviceId: device.id, ...said }));
    say(
      `${describeSent('Consent', `${sent.decision} for ${sent.keyVaultName}`, sent)}. To follow the operation: ${commandOf({ action: 'result', deviceId: device.id }, config)}`,
    );
    print(sent, options);
  });
};

/** Returns the consent question as text: secrets, locks, consequences and deadline. */
export const describeQuestion = ({
  keyVaultName,
  inventory,
  warning,
  secrets,
  total,
  locks,
  answerBy,
}: ConsentQuestion): string => {
  const rows = secrets.map(({ name, kind, versions, changedOn }) => ({ secret: name, kind, versions, changedOn }));
  const more = describeUnnamed({ secrets, total })
    .map((line) => `${line}\n`)
    .join('');
  return [
    `Secrets in the key vault ${keyVaultName} (inventory ${inventory}):\n${rows.length === 0 ? 'none\n' : table(rows)}${more}`,
    `Locks on the vault and above it:\n${locks.length === 0 ? 'none\n' : locks.map(lockLine).join('')}`,
    `${warning}\nAnswer by ${answerBy}. Without an answer the vault is kept.\n`,
  ].join('\n');
};

type Lock = ConsentQuestion['locks'][number];

const lockLine = ({ id, name, level, notes }: Lock): string => {
  const whose = name.toLowerCase() === keyVaultLockName ? 'ours' : (notes ?? 'not ours');
  return `${level}  ${id}  (${whose})\n`;
};

/** Asks the consent question at the terminal until an answer is valid. */
export const promptConsent = async (question: ConsentQuestion): Promise<ConsentDecision> => {
  say(`\n${describeQuestion(question)}`);
  const { keyVaultName } = question;
  const refuse = (line: string): string | undefined =>
    readAnswer(line, question) ? undefined : `Type ${keyVaultName}, keep or cancel.`;
  const line = await ask(
    `Type ${keyVaultName} to delete the vault, keep to keep it, cancel to change nothing:`,
    refuse,
  );
  return readAnswer(line, question) ?? 'cancel';
};

/** Returns the decision that was typed, or nothing if the line does not answer the question: deletion requires the full name of the vault. */
export const readAnswer = (
  line: string,
  { keyVaultName }: Pick<ConsentQuestion, 'keyVaultName'>,
): ConsentDecision | undefined => {
  const typed = line.trim().toLowerCase();
  if (typed === 'keep') return 'keep-vault';
  if (typed === 'cancel') return 'cancel';
  return typed === keyVaultName.toLowerCase() ? 'delete-vault' : undefined;
};
