/** The question about a vault at a terminal, answered by typing. */
import { createInterface } from 'node:readline/promises';
import type { ConsentDecision } from '../domain/consent.ts';
import type { ConsentQuestion } from '../workflows/messages.ts';
import { say } from './command.ts';
import { describeQuestion } from './question-text.ts';

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
