/** The vault of a device, found with the caller's own rights to read resources. */
import type { Azure } from '../azure/clients.ts';
import { isAbsence, orAbsent } from '../azure/errors.ts';
import { findKeyVaultToShow } from '../azure/ownership.ts';
import type { Device, DeviceId } from '../domain/device.ts';
import type { KeyVault } from '../domain/key-vault.ts';
import { refOf, type KeyVaultRef } from '../domain/key-vault-ref.ts';
import { explainAzure, openAzure, type OwnRights } from './azure.ts';
import { AseError } from './errors.ts';

export const findKeyVault = async (device: DeviceId, { config }: OwnRights): Promise<KeyVaultRef | undefined> => {
  const found = await findOwnVault(await openAzure(config), device);
  return found && refOf(found.vault);
};

export type OwnVault = { device: Device; vault: KeyVault };

/**
 * By all that the caller may see of it: the device's record shows only to those who may do more than read.
 * @throws AseError NotFound for a device that is not there, MissingPermission · CredentialRefused · AzureUnreachable
 */
export const findOwnVault = async (azure: Azure, id: DeviceId): Promise<OwnVault | undefined> => {
  try {
    const device = await readDevice(azure, id);
    const vault = await findKeyVaultToShow(azure, device);
    return vault && { device, vault };
  } catch (error) {
    // A subscription that no vault was ever made in is not registered for them.
    if (isAbsence(error)) return undefined;
    throw explainAzure(error, `Have yourself given the role Reader on the resource group ${id.resourceGroup}.`);
  }
};

const readDevice = async (azure: Azure, id: DeviceId): Promise<Device> => {
  const { devices } = azure.subscription(id.subscriptionId);
  const found = await orAbsent(devices.get(id.name, id.resourceGroup));
  if (!found) {
    throw new AseError(
      'NotFound',
      `there is no device "${id.name}" in the resource group "${id.resourceGroup}"`,
      'Check subscription, resource group and name.',
    );
  }
  const { principalId = '', tenantId = '' } = found.identity ?? {};
  return { ...id, location: found.location, principalId, tenantId };
};
