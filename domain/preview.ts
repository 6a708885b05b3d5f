/** What an activation would do, said before anything is done. */
import { sameId, type Device, type DeviceId } from './device.ts';
import type { DriftSubject } from './drift-line.ts';
import { failureEntry, type FailureType, type Refusal } from './failures.ts';
import type { AcceptedKeyVaultPlan, KeyVaultRef } from './key-vault.ts';
import {
  activationKeySecretName,
  auditAccountNames,
  auditLockName,
  channelIntegrityKeyName,
  diagnosticSettingName,
  keyVaultLockName,
} from './names.ts';
import type { Posture } from './posture.ts';
import { ownerOf } from './ownership.ts';
import {
  isUnregistered,
  trailProviders,
  vaultProvider,
  activationActions,
  missingActions,
  registrationAction,
  trailActions,
  type Permission,
} from './rights.ts';

export type PreviewAction = {
  action: 'register' | 'create' | 'recover' | 'adopt' | 'repair' | 'leave' | 'issue';
  /** What it is done to, with its name. */
  what: string;
};

/** Why it would not get to the end; in the words of the step that would be blocked. */
export type PreviewRefusal = {
  failure: FailureType;
  message: string;
  who: string;
  remedy: string;
  retryWith?: Record<string, string>;
};

export type PreviewRight = {
  action: string;
  /** Registration is a matter of the subscription; what is held in the group alone does not suffice for it. */
  for: 'activation' | 'audit trail' | 'registration';
  held: boolean;
};

export type PreviewProvider = { namespace: string; state: string };

export type PreviewNames = {
  keyVault: string;
  keyVaultLock: string;
  /** In this order, until one is free. */
  auditStorageAccounts: string[];
  auditLock: string;
  diagnosticSetting: string;
  channelIntegrityKey: string;
  activationKey: string;
};

export type ActivationPreview = {
  /** ARM id of the device. */
  deviceId: string;
  verdict: 'ready' | 'refused';
  refusals: PreviewRefusal[];
  /** In the order of the procedure; empty as long as the key vault is refused. */
  actions: PreviewAction[];
  rights: PreviewRight[];
  providers: PreviewProvider[];
  names?: PreviewNames;
};

export type PreviewFindings = {
  id: DeviceId;
  refusals: readonly Refusal[];
  permissions: readonly Permission[];
  providers: readonly PreviewProvider[];
  /** Where the device may be activated and its vault has been judged. */
  accepted?: { device: Device; keyVaultName: string; plan: AcceptedKeyVaultPlan };
  /** Of a vault that is adopted. */
  posture?: Posture;
};

export const describePreview = (findings: PreviewFindings): ActivationPreview => {
  const { id, refusals, providers, accepted } = findings;
  return {
    deviceId: accepted?.device.id ?? id.id,
    verdict: refusals.length === 0 ? 'ready' : 'refused',
    refusals: refusals.map(describeRefusal),
    actions: accepted ? [...registrations(providers), ...vaultActions(accepted, findings.posture)] : [],
    rights: describeRights(findings),
    providers: [...providers],
    ...(accepted ? { names: namesFor(accepted) } : {}),
  };
};

const describeRefusal = ({ type, message, facts: { retryWith } }: Refusal): PreviewRefusal => {
  const { who, remedy } = failureEntry(type);
  return { failure: type, message, who, remedy, ...(retryWith ? { retryWith } : {}) };
};

const isPending = ({ state }: PreviewProvider): boolean => state !== 'Registered';

/** Without the provider of the device: whoever can read the device finds it registered. */
const isToRegister = ({ namespace, state }: PreviewProvider): boolean =>
  [vaultProvider, ...trailProviders].includes(namespace) && isUnregistered(state);

const registrations = (providers: readonly PreviewProvider[]): PreviewAction[] =>
  providers.filter(isPending).map(({ namespace }) => ({ action: 'register', what: `resource provider ${namespace}` }));

const describeRights = ({ permissions, providers }: PreviewFindings): PreviewRight[] => {
  const wanted: [purpose: PreviewRight['for'], actions: readonly string[]][] = [
    ['activation', activationActions],
    ['audit trail', trailActions],
    ['registration', providers.filter(isToRegister).map(({ namespace }) => registrationAction(namespace))],
  ];
  return wanted.flatMap(([purpose, actions]) => {
    const missing = missingActions(actions, permissions);
    return actions.map((action) => ({ action, for: purpose, held: !missing.includes(action) }));
  });
};

type Accepted = NonNullable<PreviewFindings['accepted']>;

const namesFor = ({ device, keyVaultName }: Accepted): PreviewNames => ({
  keyVault: keyVaultName,
  keyVaultLock: keyVaultLockName,
  auditStorageAccounts: auditAccountNames(device),
  auditLock: auditLockName,
  diagnosticSetting: diagnosticSettingName,
  channelIntegrityKey: channelIntegrityKeyName(device, device.principalId),
  activationKey: activationKeySecretName,
});

const vaultActions = (
  { device, keyVaultName: name, plan }: Accepted,
  posture: Posture | undefined,
): PreviewAction[] => {
  if (plan.action === 'adopt') return adoptionActions(device, plan, posture);
  // A recovered vault comes back with whatever it had.
  const make = plan.action === 'create' ? 'create' : 'repair';
  const vault: PreviewAction =
    plan.action === 'create'
      ? { action: 'create', what: `key vault ${name} (the name may be taken elsewhere in Azure)` }
      : { action: 'recover', what: `key vault ${name}, with its contents` };
  return [
    vault,
    { action: 'create', what: `lock ${keyVaultLockName} on ${name}` },
    { action: 'create', what: 'storage account of the audit log, its lock and the diagnostic setting, if missing' },
    { action: make, what: `access of ${device.name}, the worker and the key readers to ${name}` },
    {
      action: 'create',
      what: plan.action === 'create' ? 'channel integrity key' : 'channel integrity key, if missing',
    },
    { action: make, what: `link of ${device.name} to ${name}` },
    { action: 'issue', what: 'activation key' },
  ];
};

/** Each part by what the procedure itself looks at: its own lock, its own account, its own tags. */
const adoptionActions = (
  device: Device,
  { vault }: Extract<AcceptedKeyVaultPlan, { action: 'adopt' }>,
  posture: Posture | undefined,
): PreviewAction[] => {
  const { name } = vault;
  const drifted = (what: DriftSubject): boolean => posture?.drift.some((line) => line.what === what) ?? false;
  const part = (fine: boolean, otherwise: PreviewAction['action'], what: string): PreviewAction => ({
    action: fine ? 'leave' : otherwise,
    what,
  });
  const locked = posture?.locks?.some(({ whose, level }) => whose === 'ours' && level === 'CanNotDelete') ?? false;
  const audited = posture?.diagnosticSettings?.some(
    ({ auditEvents, storageAccount }) => auditEvents && storageAccount?.owner === 'this device',
  );
  return [
    { action: 'adopt', what: `key vault ${name}` },
    part(ownerOf(vault.tags, device) === 'this device' && !drifted('required tags'), 'repair', `tags of ${name}`),
    part(locked, 'create', `lock ${keyVaultLockName} on ${name}`),
    part(audited === true && !drifted('audit storage lock'), 'create', 'audit trail of the vault'),
    part(
      !(['device', 'worker', 'key reader'] as const).some((who) => drifted(`${who} access`)),
      'repair',
      `access to ${name}`,
    ),
    part(holdsKey(device, vault, posture), 'create', 'channel integrity key'),
    part(posture?.link !== undefined && !drifted('link'), 'repair', `link of ${device.name} to ${name}`),
    part(posture?.activationKey?.state === 'live', 'issue', 'activation key'),
  ];
};

/** The key that the record names with this vault; where it names another, or none, the one that an activation would elect. */
const holdsKey = (device: Device, { id }: KeyVaultRef, posture: Posture | undefined): boolean => {
  if (sameId(posture?.link?.vaultId, id)) return posture?.link?.channelIntegrityKey?.state === 'enabled';
  const derived = channelIntegrityKeyName(device, device.principalId);
  return posture?.secrets?.some(({ name, enabled }) => enabled && sameId(name, derived)) ?? false;
};
