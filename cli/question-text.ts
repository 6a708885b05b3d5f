/** The question about a vault, for whoever answers it: what lies in it, what goes with it, and until when. */
import type { ConsentQuestion } from '../workflows/messages.ts';
import { describeUnnamed } from '../domain/deletion.ts';
import { keyVaultLockName } from '../domain/names.ts';
import { table } from './output.ts';

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
