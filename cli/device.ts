/** Devices and the protection of their key vaults: `ase device show`, `repair` and `delete`. */
import type { Command } from 'commander';
import { reading } from '../client/errors.ts';
import { readDeviceDeletion } from '../domain/deletion.ts';
import { sameId } from '../domain/device.ts';
import type { Drift, DriftSubject } from '../domain/drift-line.ts';
import type { AccessEntry } from '../domain/posture-access.ts';
import type { Posture, PostureLock, PostureSetting, PostureVault } from '../domain/posture.ts';
import { addDeviceOptions, addLeaf, callerName, noWait, print, readDevice, type DeviceOptions } from './command.ts';
import { addConsentOptions, readConsentOption, seeDeletionThrough, type DeletionOptions } from './deletion.ts';
import { UsageError } from './failure.ts';
import { deviceOptions } from './hints.ts';
import { seeThrough, start, withAse } from './operation.ts';
import { fields, table, type Row } from './output.ts';
import { during } from './terminal.ts';

/** Adds `ase device` and its commands. */
export const addDevice = (program: Command): void => {
  const device = program.command('device').description('devices and the protection of their key vaults');
  addDeviceShow(device);
  addDeviceRepair(device);
  addDeviceDelete(device);
};

const addDeviceShow = (device: Command): void => {
  const leaf = addLeaf(device, 'show', {
    description: 'show the status and drift of a device and its key vault; changes nothing',
    example: 'ase device show -g edge-rg -n edge-1 --fail-on-drift',
  });
  addDeviceOptions(leaf)
    .option('--fail-on-drift', 'exit with 1 if anything has drifted or cannot be read')
    .action(() => showDevice(leaf.opts()));
};

const addDeviceRepair = (device: Command): void => {
  const leaf = addLeaf(device, 'repair', {
    description: 'repair the drift of tags, locks, audit trail, access and link; never changes a vault or a key',
    example: 'ase device repair -g edge-rg -n edge-1',
  });
  addDeviceOptions(leaf)
    .addOption(noWait())
    .action(() => repairDevice(leaf.opts()));
};

const addDeviceDelete = (device: Command): void => {
  const leaf = addLeaf(device, 'delete', {
    description: 'delete a device and, with consent, its key vault (recoverable for 90 days)',
    example: 'ase device delete -g edge-rg -n edge-1 --confirm edge-1',
  });
  addDeviceOptions(leaf)
    .requiredOption('--confirm <device>', 'name of the device, typed again')
    .option('--allow-online', 'delete the device even if it is in use');
  addConsentOptions(leaf, 'name of the key vault, typed in full; required with --consent').action(() =>
    deleteDevice(leaf.opts()),
  );
};

type RepairOptions = DeviceOptions & { wait: boolean };

const repairDevice = async (options: RepairOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  await withAse(config, options, async (ase) => {
    const what = `Repair of ${device.name}`;
    const input = { deviceId: device.id, requestedBy: callerName() };
    const started = await start({ device, config, what }, () =>
      ase.startProcedure({ procedure: 'repairDevice', input }, { needsWorker: true }),
    );
    const announcement = `${what} started (${started.workflowId})`;
    await seeThrough(ase, { config, device, started, announcement, options });
  });
};

type DeleteOptions = DeviceOptions & DeletionOptions & { confirm: string; allowOnline?: boolean };

const deleteDevice = async (options: DeleteOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  const { confirm, allowOnline = false, consent, vaultName } = options;
  if (confirm.toLowerCase() !== device.name.toLowerCase()) {
    throw new UsageError(
      `--confirm "${confirm}" is not the name of the device`,
      `Nothing was started. To delete the device: --confirm ${device.name}`,
    );
  }
  if (vaultName !== undefined && consent === undefined) {
    throw new UsageError('--vault-name requires --consent', 'Add --consent delete-vault or keep-vault.');
  }
  const said = readConsentOption(options);
  const input = { deviceId: device.id, confirmDevice: confirm, allowOnline, requestedBy: callerName(), ...said };
  reading(() => readDeviceDeletion(input));
  await withAse(config, options, async (ase) => {
    const what = `Deletion of ${device.name}`;
    const started = await start({ device, config, what }, () => ase.deleteDevice(input, { needsWorker: true }));
    const announcement = `${what} started (${started.workflowId})`;
    await seeDeletionThrough(ase, { config, device, started, announcement, options });
  });
};

type ShowOptions = DeviceOptions & { failOnDrift?: boolean };

const showDevice = async (options: ShowOptions): Promise<void> => {
  const { config, device } = readDevice(options);
  await withAse(config, options, async (ase) => {
    const posture = await during(`Inspecting ${device.name}`, () =>
      ase.inspect({ deviceId: device.id, requestedBy: callerName() }),
    );
    print(posture, options, () => describePosture(posture, deviceOptions(device, config)));
    if (options.failOnDrift && posture.drift.length > 0) process.exitCode = 1;
  });
};

/** Returns the posture as text, with drift below its section. @param options name the device, such as `-g edge-rg -n edge-1` */
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
  { title: 'Not readable', body: '', about: ['sight'] },
];

const integrationText: Record<Posture['integration'], string> = {
  integrated: '',
  'not yet': 'The device has no key vault: no activation key was requested yet.\n',
  before: 'The device has no key vault: it was activated before the integration and works without one.\n',
  unknown: 'Whether the device has a key vault cannot be read.\n',
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

/** Rights beyond the expected ones have a column of their own. */
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

/** `vaults my-vault`, `resourceGroups edge-rg`: kind and name, because a full id makes the line too long. */
const scopeText = (id: string): string => id.split('/').slice(-2).join(' ');

const linkText = (vaultId: string | undefined, vault: PostureVault): string => {
  if (vaultId === undefined) return 'none';
  return vault.state === 'live' && sameId(vaultId, vault.id) ? 'this vault' : vaultId;
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
        `! ${severity}: ${found}\n    expected: ${promised}\n    ${repairText(repair, options)}\n`,
    )
    .join('');

const repairText = (repair: Drift['repair'], options: string): string =>
  repair === 'ask its owner' ? 'to do: ask its owner; ase may not change it' : `to do: ase ${repair} ${options}`;

const summary = ({ drift, integration }: Posture): string => {
  if (drift.length > 0) return `Drift found: ${drift.length}.\n`;
  return integration === 'integrated' ? 'No drift.\n' : '';
};
