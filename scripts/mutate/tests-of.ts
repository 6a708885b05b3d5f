/** Which tests judge a file: its own first, since they are quick, and those of the procedures where they let it pass. */
import { readdirSync } from 'node:fs';
import path from 'node:path';

const played = (...names: string[]): string[] => names.map((name) => `test/workflows/${name}.test.ts`);

/** By the beginning of a file's place; the first that fits. */
const procedures: [place: RegExp, tests: string[]][] = [
  [/^azure\//, played('unreadable-answers', 'known-codes', 'quoted-secrets')],
  [/^domain\/metrics/, ['test/docs/monitoring.test.ts']],
  [/\/(call|failure|settling)/, played('probes', 'blocking', 'stale-words', 'late-writes', 'quoted-secrets')],
  [
    /^workflows\/(decisions|block|step|verdict|activity|policies|failure)/,
    played('blocking', 'audit-storage', 'stale-words', 'releases', 'lock-care'),
  ],
  [
    /^workflows\/(current-details|telemetry|progress|messages|procedure|search)/,
    played('blocking', 'log-lines', 'examples', 'consent'),
  ],
  [/^workflows\/(key-vault-protection)/, played('lock-care', 'taken-back', 'delete-key-vault', 'locked-in-the-end')],
  [
    /^workflows\/(generate|hand-over|steps|look)/,
    played('generate-activation-key', 'article', 'regenerate-requests', 'audit-storage'),
  ],
  [/\/(consent|inventory|ask-about)/, played('consent', 'delete-key-vault', 'delete-device', 'lock-care')],
  [
    /\/(deletion|vault-to-delete|device-deletion|plan-deletion|key-vault-deletion|delete)/,
    played('delete-key-vault', 'delete-device', 'lock-care', 'delete-faults'),
  ],
  [
    /\/(drift|posture|repair|unseen|sight|inspect|secret-sync)/,
    played('inspect-device', 'repair-device', 'troubleshooting'),
  ],
  [
    /\/(recover|key-check|plan-recovery|key-vault-recovery|linked-key)/,
    played('recover-key-vault', 'recover-past', 'recover-refusals', 'taken-back'),
  ],
  [
    /\/(regenerat|plan-regeneration|audit-record|audit-(log|summary)|request-id)/,
    played('regenerate-activation-key', 'regenerate-refusals', 'regenerate-requests'),
  ],
  [
    /\/(activation-key|secret-versions|secrets|channel-integrity-key)/,
    played(
      'generate-activation-key',
      'regenerate-activation-key',
      'regenerate-requests',
      'lost-keys',
      'recover-key-vault',
    ),
  ],
  [/\/(preview)/, played('preview-activation', 'refusals')],
  [/\/(rights)/, played('preview-activation', 'refusals', 'registration')],
  [/\/(profile|policy|modifications|new-key-vault|new-audit-account)/, played('policy', 'profile')],
  [/\/(resource-providers|providers)/, played('registration', 'generate-activation-key')],
  [
    /\/(audit-storage|diagnostic-setting)/,
    played('audit-storage', 'registration', 'generate-activation-key', 'repair-device', 'tags'),
  ],
  [/\/(locks)/, played('lock-care', 'delete-key-vault', 'generate-activation-key', 'taken-back')],
  [/\/(tags)/, played('tags', 'one-vault')],
  [
    /\/(key-vault|access|whereabouts|vault-whereabouts|ownership|device)/,
    played('generate-activation-key', 'whose-vault', 'one-vault', 'recover-key-vault', 'taken-back', 'repair-device'),
  ],
  [/^/, played('generate-activation-key', 'refusals', 'one-vault', 'recover-key-vault')],
];

/** Whatever a file does, somebody may have looked at it in these. */
const broad = played('known-codes', 'article', 'troubleshooting');

const testsIn = (root: string, folder: string): string[] =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`);

/** Returns the test files in the order of their runs, the nearest first. */
export const testsOf = (root: string, file: string): string[] => {
  const [room = ''] = file.split('/');
  const name = path.basename(file, '.ts');
  const [stem = name] = name.split('-');
  const all = room === 'workflows' ? [] : testsIn(root, `test/${room}`);
  const isOwn = (test: string): boolean => path.basename(test).startsWith(stem);
  const [, later = []] = procedures.find(([place]) => place.test(file)) ?? [];
  return [...new Set([...all.filter(isOwn), ...all.filter((test) => !isOwn(test)), ...later, ...broad])];
};
