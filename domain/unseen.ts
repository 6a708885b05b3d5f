import { nameIn } from './device.ts';
import type { FailureType } from './failures.ts';
import type { PostureFindings } from './posture-findings.ts';
import { isUnseen, seen, type Sighting } from './ownership.ts';

/** A part that is not readable, and the reason. */
export type UnseenPart = { part: string; failure: FailureType; why: string };

export const unseenParts = (findings: PostureFindings): UnseenPart[] => {
  const { link, keyVault, locks, accounts, secrets, activationKeys, channelIntegrityKeys } = findings;
  const parts: [part: string, sighting: Sighting<unknown>][] = [
    ["the device's record", link],
    ['the key vault', keyVault],
    ['the locks of the key vault', locks.keyVault],
    ['the locks of the resource group', locks.group],
    ['the locks of the subscription', locks.subscription],
    ['the diagnostic settings', findings.diagnosticSettings],
    ...accounts.flatMap(({ id, account, locks }): [string, Sighting<unknown>][] => [
      [`the storage account ${nameIn(id)}`, account],
      [`the locks of the storage account ${nameIn(id)}`, locks],
    ]),
    ['the secrets', secrets],
    ['the activation keys', activationKeys],
    ['the channel integrity key', channelIntegrityKeys],
  ];
  const whereabouts = seen(keyVault)?.whereabouts;
  const missing = whereabouts?.state === 'unknown' ? [cannotLocate(whereabouts.missing)] : [];
  return [
    ...parts.flatMap(([part, sighting]) =>
      isUnseen(sighting) ? [{ part, failure: sighting.unseen, why: sighting.why }] : [],
    ),
    ...missing,
  ];
};

const cannotLocate = (action: string): UnseenPart => ({
  part: 'the key vault',
  failure: 'MissingPermission',
  why: `the worker needs ${action} on the subscription to find it`,
});
