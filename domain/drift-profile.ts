/** What the organisation profile asks for and the device's vault or its audit account lacks. */
import type { Drift, VaultRule } from './drift-line.ts';
import { ownerFor } from './posture-findings.ts';
import { lackingTags } from './profile.ts';
import { seen } from './ownership.ts';
import { nameIn } from './device.ts';

type TagSubject = Extract<Drift['what'], 'required tags' | 'audit storage tags'>;

const tagDrift = (what: TagSubject, name: string, lacking: object): Drift[] => {
  const names = Object.keys(lacking);
  if (names.length === 0) return [];
  return [
    {
      what,
      found: `${name} lacks the tags ${names.join(', ')}`,
      promised: 'the tags that the organisation profile requires',
      repair: 'device repair',
      severity: 'notice',
    },
  ];
};

export const requiredTagsDrift: VaultRule = ({ profile }, { name, tags }) =>
  tagDrift('required tags', name, lackingTags(tags, profile));

/** Of the accounts that are ours: what others keep is theirs to mark. */
export const auditTagsDrift: VaultRule = ({ profile, accounts, device }) =>
  accounts.flatMap(({ id, account }) => {
    const facts = seen(account);
    if (!facts || ownerFor(facts.tags, device) !== 'this device') return [];
    return tagDrift('audit storage tags', nameIn(id), lackingTags(facts.tags, profile));
  });

/** Only its owner can want it: it can never be switched off again. */
export const purgeProtectionDrift: VaultRule = ({ profile }, { name, purgeProtection }) =>
  purgeProtection || !profile.purgeProtection
    ? []
    : [
        {
          what: 'purge protection',
          found: `${name} can be purged after its deletion`,
          promised: 'purge protection, required by the organisation profile',
          repair: 'ask its owner',
          severity: 'warning',
        },
      ];
