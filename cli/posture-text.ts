/** How a device stands, for a person: the sections of its Security page, what has drifted under each. */
import type { Drift, DriftSubject } from '../domain/drift-line.ts';
import { sameId } from '../domain/device.ts';
import type { Posture, PostureLock, PostureSetting, PostureVault } from '../domain/posture.ts';
import type { AccessEntry } from '../domain/posture-access.ts';
import { fields, table, type Row } from './output.ts';

/** @param options that name the device on a command line, `-g edge-rg -n edge-1` */
export const describePosture = (posture: Posture, options: string): string => {
  const sections = sectionsOf(posture).map(({ title, body, about }) => {
    const drift = posture.drift.filter(({ what }) => about.includes(what));
    const text = `${indented(body)}${driftText(drift, options)}`;
    return text === '' ? '' : `${title}\n${text}`;
  });
  return [heading(posture), ...sections.filter((section) => section !== ''), summary(posture)].join('\n');
};

type Section = { title: string; body: string; about: readonly DriftSubject[] };

const sectionsOf = (posture: Posture): Section[] => [
  {
    title: 'Key vault',
    body: vaultText(posture),
    about: ['key vault', 'permission model', 'soft delete', 'marks', 'link'],
  },
  {
    title: 'Secrets',
    body: secretsText(posture),
    about: ['channel integrity key', 'activation key', 'secret sync'],
  },
  {
    title: 'Access policies',
    body: table((posture.accessPolicies ?? []).map(accessRow)),
    about: ['device access', 'worker access', 'key reader access', 'foreign access'],
  },
  {
    title: 'Diagnostics settings',
    body: table((posture.diagnosticSettings ?? []).map(settingRow)),
    about: ['audit trail', 'audit storage lock'],
  },
  {
    title: 'Locks',
    body: table((posture.locks ?? []).map(lockRow)),
    about: ['lock', 'read-only lock'],
  },
  { title: 'System assigned managed identity', body: identityText(posture), about: ['identity'] },
  { title: 'Not to be seen', body: '', about: ['sight'] },
];

const integrationText: Record<Posture['integration'], string> = {
  integrated: '',
  'not yet': 'It has no key vault: no activation key has been asked for yet.\n',
  before: 'It has no key vault: it was activated before the integration, which does not affect it.\n',
  unknown: 'Whether it has a key vault cannot be seen.\n',
};

const heading = ({ device: { name, status }, at, integration }: Posture): string =>
  `${name}: ${status}, as of ${at}\n${integrationText[integration]}`;

const vaultText = ({ keyVault, link }: Posture): string => {
  if (!keyVault) return '';
  const { name, state } = keyVault;
  const { channelIntegrityKey: key } = link ?? {};
  return fields({
    name,
    state,
    ...vaultFacts(keyVault),
    ...(link ? { link: linkText(link.vaultId, keyVault) } : {}),
    ...(key ? { channelIntegrityKey: `${key.name}, version ${key.version}: ${key.state}` } : {}),
    ...(link?.syncStatus ? { sync: link.syncStatus } : {}),
  });
};

const vaultFacts = (vault: PostureVault): Row => {
  if (vault.state !== 'live') {
    const { name: _, state: __, ...facts } = vault;
    return facts;
  }
  const { uri, sku, softDelete, retentionDays, purgeProtection, permissionModel, network, owner, tags } = vault;
  return {
    uri,
    sku,
    softDelete: softDelete ? `${retentionDays} days` : 'off',
    purgeProtection: purgeProtection ? 'on' : 'off',
    permissionModel,
    network,
    owner,
    tags: tags === 'nobody' ? 'none of ours' : tags,
  };
};

const secretsText = ({ secrets = [], activationKey }: Posture): string => {
  const rows = secrets.map(({ kind, name, ageDays, enabled, expiresOn }) => ({
    kind,
    name,
    age: ageDays === 0 ? 'today' : `${ageDays} d`,
    state: enabled ? 'enabled' : 'disabled',
    expiresOn,
  }));
  if (!activationKey) return table(rows);
  const { fingerprint, state, expiresOn, expiredButEnabled } = activationKey;
  const expired = expiredButEnabled === 0 ? '' : `; enabled and expired: ${expiredButEnabled}`;
  return `${table(rows)}Activation key: ${state}, fingerprint ${fingerprint}, expires ${expiresOn ?? 'never'}${expired}\n`;
};

/** What nobody promised stands in a column of its own. */
const accessRow = ({ whose, rights, beyond, objectId }: AccessEntry): Row => ({
  whose,
  rights,
  beyondPromise: beyond,
  objectId,
});

const lockRow = ({ whose, name, level, scope, notes }: PostureLock): Row => ({
  whose,
  name,
  level,
  on: scopeText(scope),
  notes,
});

/** `vaults my-vault`, `resourceGroups edge-rg`: its kind and name, since a whole id makes lines too long to read. */
const scopeText = (id: string): string => id.split('/').slice(-2).join(' ');

const linkText = (vaultId: string | undefined, vault: PostureVault): string => {
  if (vaultId === undefined) return 'none';
  return vault.state === 'live' && sameId(vaultId, vault.id) ? 'the device leads here' : vaultId;
};

const settingRow = ({ name, auditEvents, storageAccount: account }: PostureSetting): Row => ({
  name,
  auditEvents: auditEvents ? 'on' : 'off',
  storageAccount: account?.id.split('/').at(-1),
  account: account?.state,
  sku: account?.sku,
  locks: account?.locks,
});

const identityText = ({ device: { identity, principalId } }: Posture): string =>
  fields({ identity, ...(principalId === undefined ? {} : { principalId }) });

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

const driftText = (drift: readonly Drift[], options: string): string =>
  drift
    .map(
      ({ severity, found, promised, repair }) =>
        `! ${severity}: ${found}\n    promised: ${promised}\n    ${repairText(repair, options)}\n`,
    )
    .join('');

export const repairText = (repair: Drift['repair'], options: string): string =>
  repair === 'ask its owner' ? 'to do: ask its owner; nothing here may change it' : `to do: ase ${repair} ${options}`;

const summary = ({ drift, integration }: Posture): string => {
  if (drift.length > 0) return `${drift.length} ${drift.length === 1 ? 'thing has' : 'things have'} drifted.\n`;
  return integration === 'integrated' ? 'Nothing has drifted.\n' : '';
};
