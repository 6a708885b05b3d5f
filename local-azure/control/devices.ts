import { fold } from '../arm/path.ts';
import { addDevice, forgetGoneDevices } from '../data-box-edge/device.ts';
import type { EdgeDevice } from '../data-box-edge/state.ts';
import { addManagedIdentity } from '../entra/principals.ts';
import { vaultNamed } from './checks.ts';
import type { Controlled } from './controlled.ts';

/** What others do with the resources of devices beside us. */
export const controlDevices = ({ state, now }: Controlled) => {
  const devicesNow = (): EdgeDevice[] => {
    forgetGoneDevices(state(), now());
    return Object.values(state().dataBoxEdge.devices);
  };
  const deviceNamed = (name: string): EdgeDevice => {
    const found = devicesNow().filter((device) => [device.name, device.id].some((known) => fold(known) === fold(name)));
    const [only, another] = found;
    if (!only) throw new Error(`There is no device '${name}'.`);
    if (another) throw new Error(`Several devices are called '${name}': name one by its id.`);
    return only;
  };
  const enableIdentity = ({ device }: { device: string }): void => {
    const named = deviceNamed(device);
    named.principalId ??= addManagedIdentity(state(), named.name).objectId;
  };
  return {
    /** Has the record of a device lead to a vault, or to none; Azure does not check it (recorded). */
    linkDevice: ({ device, vaultName }: { device: string; vaultName?: string }): void => {
      const vault = vaultName === undefined ? undefined : vaultNamed(state(), vaultName);
      deviceNamed(device).link = vault === undefined ? {} : { clientSecretStoreId: vault.id };
    },
    /** Switches on the system-assigned identity, if it is off. */
    enableIdentity,
    /** Deletes a device and creates it again under its name, with an identity of its own: nothing else is left of it. */
    recreateDevice: ({ device }: { device: string }): void => {
      const former = deviceNamed(device);
      former.goneAt = now();
      forgetGoneDevices(state(), now());
      addDevice(state(), former, now());
      enableIdentity({ device: former.id });
    },
  };
};
