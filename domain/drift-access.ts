/** Who may read and write the secrets of a vault: access policies are vault-wide. */
import type { Drift, VaultRule } from './drift-line.ts';
import { describeAccess, lackingRights, type AccessEntry } from './posture-access.ts';
import type { PostureFindings } from './posture-findings.ts';

export const accessDrift: VaultRule = (findings, { usesRbac }) => {
  // Nothing of it has effect in the other model, which is a line of its own.
  const entries = usesRbac ? undefined : describeAccess(findings);
  if (!entries) return [];
  return [
    ...deviceDrift(findings, entries),
    ...workerDrift(findings, entries),
    ...findings.keyReaders.flatMap((objectId) => keyReaderDrift(objectId, findings, entries)),
    ...entries.filter(({ whose, rights }) => whose === 'foreign' && rights.length > 0).map(foreignDrift),
  ];
};

const promisedToDevice = 'exactly get and set of secrets for the identity of the device';

const deviceDrift = ({ device }: PostureFindings, entries: readonly AccessEntry[]): Drift[] => {
  if (device.principalId === undefined) return [];
  const entry = entries.find(({ whose }) => whose === 'device');
  const line = { what: 'device access', promised: promisedToDevice, repair: 'device repair' } as const;
  if (!entry) return [{ ...line, found: 'the identity of the device has no access', severity: 'critical' }];
  const lacking = lackingRights(entry);
  if (lacking.length > 0) {
    return [{ ...line, found: `the identity of the device lacks ${lacking.join(', ')}`, severity: 'critical' }];
  }
  if (entry.beyond.length === 0) return [];
  return [
    { ...line, found: `the identity of the device holds ${entry.beyond.join(', ')} as well`, severity: 'warning' },
  ];
};

const workerDrift = ({ worker }: PostureFindings, entries: readonly AccessEntry[]): Drift[] =>
  granteeDrift(entries, { objectId: worker, what: 'worker access', who: 'the worker', rights: 'get, set and list' });

const keyReaderDrift = (objectId: string, { worker }: PostureFindings, entries: readonly AccessEntry[]): Drift[] =>
  objectId.toLowerCase() === worker.toLowerCase()
    ? []
    : granteeDrift(entries, { objectId, what: 'key reader access', who: `the key reader ${objectId}`, rights: 'get' });

type Grantee = { objectId: string; what: 'worker access' | 'key reader access'; who: string; rights: string };

/** What somebody gave them on top is not ours to take away. */
const granteeDrift = (
  entries: readonly AccessEntry[],
  { objectId, what, who, rights: promisedRights }: Grantee,
): Drift[] => {
  const entry = entries.find(
    (candidate) => candidate.whose !== 'foreign' && candidate.objectId.toLowerCase() === objectId.toLowerCase(),
  );
  const promised = `${promisedRights} of secrets for ${who}`;
  if (!entry) return [{ what, found: `${who} has no access`, promised, repair: 'device repair', severity: 'warning' }];
  const lacking = lackingRights(entry);
  return [
    ...(lacking.length > 0
      ? [
          {
            what,
            found: `${who} lacks ${lacking.join(', ')}`,
            promised,
            repair: 'device repair',
            severity: 'warning',
          } as const,
        ]
      : []),
    ...(entry.beyond.length > 0
      ? [
          {
            what,
            found: `${who} holds ${entry.beyond.join(', ')} as well`,
            promised,
            repair: 'ask its owner',
            severity: 'notice',
          } as const,
        ]
      : []),
  ];
};

const foreignDrift = ({ objectId, rights }: AccessEntry): Drift => ({
  what: 'foreign access',
  found: `the foreign principal ${objectId} holds ${rights.join(', ')}`,
  promised: 'access for the device, the worker and the key readers only',
  repair: 'ask its owner',
  severity: 'notice',
});
