/** The command lines that messages tell people to type. */
import type { Config } from '../config.ts';
import type { DeviceId } from '../domain/device.ts';

/** `-g edge-rg -n edge-1`, with the subscription where it is not the one of the environment. */
export const deviceOptions = ({ subscriptionId, resourceGroup, name }: DeviceId, config: Config): string => {
  const usual = config.subscriptionId?.toLowerCase() === subscriptionId.toLowerCase();
  return `-g ${quoted(resourceGroup)} -n ${name}${usual ? '' : ` --subscription ${subscriptionId}`}`;
};

export const statusCommand = (device: DeviceId, config: Config): string =>
  `ase status ${deviceOptions(device, config)}`;

/** Names of resource groups may hold parentheses, which mean something to a shell. */
const quoted = (name: string): string => (/[()]/.test(name) ? `'${name}'` : name);
