import type { EdgeDevice } from '../data-box-edge/state.ts';
import { openEncryptionKey, sealEncryptionKey } from '../encryption-key.ts';
import { draw, hex } from '../random.ts';
import type { State } from '../state.ts';
import { DeviceRefusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';
import { openVault, type DeviceVault } from './vault.ts';

/** The secrets that a device keeps in its vault, by documented name, and how it makes each. */
const makers: Record<string, (state: State) => string> = {
  BMCDefaultUserPassword: (state) => hex(state, 20),
  HcsDataVolumeBitLockerExternalKey: (state) => hex(state, 64),
  HcsInternalVolumeBitLockerExternalKey: (state) => hex(state, 64),
  SystemVolumeBitLockerRecoveryKey: (state) => bitLockerRecoveryKey(state),
};

/** Eight groups of six digits. */
const bitLockerRecoveryKey = (state: State): string =>
  Array.from({ length: 8 }, () => String(Math.floor(draw(state) * 1_000_000)).padStart(6, '0')).join('-');

/** Writes every secret of the device into its vault; a refusal on the way is the end of it, and visible as sync status. */
export const pushSecrets = async (state: State, device: EdgeDevice, vault: DeviceVault): Promise<void> => {
  try {
    for (const [name, make] of Object.entries(makers)) {
      device.deviceSecrets[name] = await vault.write(name, make(state));
    }
    device.syncStatus = 'KeyVaultSynced';
  } catch (error) {
    if (!(error instanceof DeviceRefusal)) throw error;
    device.syncStatus = 'KeyVaultSyncFailed';
  }
};

/**
 * Wakes the activated devices whose service asks for a sync (`KeyVaultSyncPending`). They work on their own: nobody waits
 * for them, and how far they are is seen from their sync status.
 */
export const synchroniseDevices = (surroundings: Surroundings): void => {
  for (const device of Object.values(surroundings.state.dataBoxEdge.devices)) {
    if (device.activation && device.syncStatus === 'KeyVaultSyncPending') void synchronise(surroundings, device);
  }
};

/** In a world that is restored nobody is at work: what was under way there begins again. */
export const resumeSynchronisations = ({ dataBoxEdge }: State): void => {
  for (const device of Object.values(dataBoxEdge.devices)) {
    if (device.syncStatus === 'KeyVaultSyncing') device.syncStatus = 'KeyVaultSyncPending';
  }
};

/** Takes up the channel integrity key that is linked now, and writes the device's secrets again. */
const synchronise = async (surroundings: Surroundings, device: EdgeDevice): Promise<void> => {
  device.syncStatus = 'KeyVaultSyncing';
  try {
    const vault = await openVault(surroundings, device);
    await adoptChannelIntegrityKey(surroundings.state, device, vault);
    await pushSecrets(surroundings.state, device, vault);
  } catch (error) {
    if (!(error instanceof DeviceRefusal)) throw error;
    device.syncStatus = 'KeyVaultSyncFailed';
  }
};

const adoptChannelIntegrityKey = async (state: State, device: EdgeDevice, vault: DeviceVault): Promise<void> => {
  const { encryption, link } = device;
  const key = await vault.read(link.channelIntegrityKeyName ?? '', link.channelIntegrityKeyVersion ?? '');
  if (!encryption || openEncryptionKey(encryption.sealed, key) !== undefined) return;
  encryption.sealed = sealEncryptionKey(encryption.certificate, key, Buffer.from(hex(state, 32), 'hex'));
};
