/** What the Azure CLI is asked to do, in the order of a vault's life. Every step asserts more than an exit code. */
import type { LocalAzureReady } from '../../stack/local-azure.ts';
import type { AzureCli } from '../azure-cli.ts';
import type { Step } from '../step.ts';
import { audit } from './audit.ts';
import { makeDevices } from './devices.ts';
import { lockAndDelete } from './protection.ts';
import { useSecrets } from './secrets.ts';
import { signIn } from './sign-in.ts';
import { makeGroup, registerProviders } from './subscription.ts';
import { makeVaults } from './vaults.ts';

export async function walkCli(az: AzureCli, azure: LocalAzureReady, step: Step): Promise<void> {
  await signIn(az, azure, step);
  await registerProviders(az, step);
  await makeGroup(az, step);
  await makeDevices(az, azure, step);
  await makeVaults(az, azure, step);
  await useSecrets(az, step);
  await audit(az, azure, step);
  await lockAndDelete(az, step);
}
