import type { Azure } from '../azure/clients.ts';
import type { DeviceId } from '../domain/device.ts';
export const mergeTags = async (
  azure: Azure,
  device: DeviceId,
  scope: string,
  more: Record<string, string>,
): Promise<void> => {
  const { vaults } = azure.subscription(device.subscriptionId);
  const name = scope.split('/').at(-1) ?? '';
  const { tags = {} } = await vaults.get(device.resourceGroup, name);
  await vaults.update(device.resourceGroup, name, { tags: { ...tags, ...more } });
};
