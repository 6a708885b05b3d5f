/** Which tests judge a file: its own first, since they are quick, and those of the procedures where they let it pass. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

const inProcess = (...names: string[]): string[] => names.map((name) => `test/workflows/${name}.test.ts`);

/** By the beginning of a file's name; the first that fits. */
const procedures: [name: RegExp, tests: string[]][] = [
  [/^(consent|inventory)/, inProcess('consent', 'delete-key-vault', 'delete-device', 'lock-care')],
  [/^(deletion|vault-to-delete)/, inProcess('delete-device', 'delete-key-vault', 'lock-care')],
  [/^(drift|posture|repair|unseen|sighting)/, inProcess('inspect-device', 'repair-device')],
  [/^(recovery|key-check)/, inProcess('recover-key-vault', 'recover-past', 'recover-refusals')],
  [/^(regeneration|audit|traces)/, inProcess('regenerate-activation-key', 'regenerate-refusals')],
  [/^(preview|rights)/, inProcess('preview-activation', 'refusals')],
  [/^(profile|policy|modifications)/, inProcess('policy', 'profile')],
  [/^(locks)/, inProcess('lock-care', 'delete-key-vault', 'generate-activation-key')],
  [/^(metrics)/, ['test/docs/monitoring.test.ts']],
  [/^(decisions)/, inProcess('blocking', 'audit-storage', 'lock-care')],
  [/^/, inProcess('generate-activation-key', 'refusals', 'one-vault', 'recover-key-vault')],
];

const testsIn = (root: string, folder: string): string[] =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`);

/** In the order in which they are asked; the next are asked only when all before were green. */
export const stagesOf = (root: string, file: string): string[][] => {
  const name = path.basename(file, '.ts');
  const all = file.startsWith('domain/') ? testsIn(root, 'test/domain') : [];
  const stem = name.split('-')[0] ?? name;
  const isOwn = (test: string): boolean => path.basename(test).startsWith(stem);
  const [, later = []] = procedures.find(([pattern]) => pattern.test(name)) ?? [];
  const stages = [all.filter(isOwn), all.filter((test) => !isOwn(test)), later];
  return stages.filter((tests) => tests.length > 0);
};
