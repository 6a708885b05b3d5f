/** Consent to what becomes of a key vault: the question, its answer at a terminal, and `ase consent`. */
import { createInterface } from 'node:readline/promises';
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ConsentRequest, ConsentSent } from '../client.ts';
import { reading } from '../client/errors.ts';
import { readConsent, type ConsentDecision } from '../domain/consent.ts';
import { describeUnnamed } from '../domain/deletion.ts';
import { keyVaultLockName } from '../domain/lock-names.ts';
import type { ConsentQuestion } from '../workflows/messages.ts';
import { addDeviceOptions, addLeaf, callerName, print, readDevice, say, type DeviceOptions } from './command.ts';
import { statusCommand } from './hints.ts';
import { withAse } from './operation.ts';
import { table } from './output.ts';

export const addConsent = (program: Command): void => {
  const leaf = addLeaf(program, 'consent', {
    description: 'say what is to become of the key vault that a deletion asks about',
    example: 'ase consent -g edge-rg -n edge-1 --decision delete-vault --vault-name ase-edge1-0123456ab --inventory 1',
  });
  addDeviceOptions(leaf)
    .addOption(
      new Option('--decision <decision>', 'what is to become of it; cancel: the device is not deleted either')
        .choices(['delete-vault', 'keep-vault', 'cancel'])
        .makeOptionMandatory(),
    )
    .requiredOption('--vault-name <name>', 'the name of the key vault, typed out')
    .option('--inventory <number>', 'number of the inventory that you read; needed to delete', readNumber)
    .option('--release-lock <id...>', 'with delete-vault: locks on the vault that are not ours and may be taken off')
    .option('--reason <text>', 'why; kept with the operation')
    .option('--by <name>', 'who decides', callerName())
    .action(() => sendConsent(leaf.opts()));
};

const readNumber = (text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is the number shown with the inventory: ase status');
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
    const sent = await ase.consent({ deviceId: device.id, ...said });
    say(`${describeSent(sent)}. Look: ${statusCommand(device, config)} --watch`);
    print(sent, options);
  });
};

const describeSent = ({ decision, keyVaultName, sent, taskQueue }: ConsentSent): string =>
  sent === 'update'
    ? `Said: ${decision} for ${keyVaultName}`
    : `No worker answers on the task queue "${taskQueue}": ${decision} for ${keyVaultName} was left as a signal and counts when one runs, if it still fits`;

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
    `What lies in the key vault ${keyVaultName} (inventory ${inventory}):\n${rows.length === 0 ? 'no secrets\n' : table(rows)}${more}`,
    `Locks on it and above it:\n${locks.length === 0 ? 'none\n' : locks.map(lockLine).join('')}`,
    `${warning}\nAnswer by ${answerBy}; silence keeps the vault.\n`,
  ].join('\n');
};

type Lock = ConsentQuestion['locks'][number];

const lockLine = ({ id, name, level, notes }: Lock): string => {
  const whose = name.toLowerCase() === keyVaultLockName ? 'ours' : (notes ?? 'not ours');
  return `${level}  ${id}  (${whose})\n`;
};

export const isAtTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Until an answer is understood; nothing when the input has ended. */
export const promptConsent = async (
  question: ConsentQuestion,
  signal: AbortSignal,
): Promise<ConsentDecision | undefined> => {
  say(`\n${describeQuestion(question)}`);
  // Not as a terminal of its own: Ctrl-C must reach the process, which detaches.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const ended = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
    for (;;) {
      const line = await Promise.race([lines.question(promptOf(question), { signal }), ended]);
      const decision = line === undefined ? undefined : readAnswer(line, question);
      if (line === undefined || decision) return decision;
    }
  } finally {
    lines.close();
  }
};

const promptOf = ({ keyVaultName }: ConsentQuestion): string =>
  `Type ${keyVaultName} to delete it, keep to keep it, cancel to touch nothing: `;

/** What was typed, or nothing where it means nothing: the vault's name is typed out to delete it. */
export const readAnswer = (
  line: string,
  { keyVaultName }: Pick<ConsentQuestion, 'keyVaultName'>,
): ConsentDecision | undefined => {
  const typed = line.trim().toLowerCase();
  if (typed === 'keep') return 'keep-vault';
  if (typed === 'cancel') return 'cancel';
  return typed === keyVaultName.toLowerCase() ? 'delete-vault' : undefined;
};
