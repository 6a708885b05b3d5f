/**
 * A local Azure for one length of the account's creation, as a process: all other delays as they are by default, a
 * principal for each arm, a device for each arm and round. Prints one line of JSON when it is ready.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createCertificateSource } from '../local-azure/certificates.ts';
import { addApplication } from '../local-azure/entra/principals.ts';
import { edgeActivator } from '../local-azure/entra/roles.ts';
import { createLocalAzure, type LocalAzure } from '../local-azure/index.ts';
import { freshKeyPairs, repeatingKeyPairs } from '../local-azure/key-pairs.ts';
import { mainSubscription } from '../local-azure/new-state.ts';
import { orderDevice } from '../local-azure/seed.ts';
import { serve } from '../local-azure/serve/index.ts';
import type { AzurePrincipal, LocalAzureReady } from '../scripts/stack/local-azure.ts';
import { armNames, deviceOf, requiredProviders, resourceGroup, type ArmName } from './arms.ts';

export type BenchAzureReady = LocalAzureReady & { arms: Record<ArmName, AzurePrincipal> };

const location = 'westeurope';

const main = async (account: number, rounds: number, caFile: string): Promise<void> => {
  const stopped = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const azure = createLocalAzure({
    clock: { now: () => Date.now() },
    // The time to find an RSA key is a matter of luck, from a tenth of a second to several, and no arm's merit.
    certificates: createCertificateSource(repeatingKeyPairs(await Promise.all([freshKeyPairs(), freshKeyPairs()]))),
    settings: { storageAccount: account * 1000 },
    // Another subscription for every length, and so another workflow id for every activation.
    seed: account,
  });
  const principals = armNames.map((name) => [name, principalOf(azure, name)]);
  for (const namespace of requiredProviders) azure.control.register({ namespace });
  azure.control.putGroup({ name: resourceGroup, location });
  for (let round = 1; round <= rounds; round += 1) {
    for (const arm of armNames) {
      const { name } = deviceOf(mainSubscription(azure.state), arm, round);
      await orderDevice(azure, { group: resourceGroup, location, name });
    }
  }
  const served = await serve(azure, { port: 0, caFile });
  const { tenantId } = azure.state;
  const ready = {
    ...served.addresses,
    tenantId,
    subscriptionId: mainSubscription(azure.state),
    principals: azure.principals,
    arms: Object.fromEntries(principals) as object,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await stopped;
  await served.close();
};

const principalOf = (azure: LocalAzure, name: ArmName) => {
  const principal = addApplication(azure.state, name);
  azure.control.assignRole({ principal: name, role: edgeActivator });
  return principal;
};

const { values } = parseArgs({
  options: { account: { type: 'string' }, rounds: { type: 'string' }, 'ca-file': { type: 'string' } },
});
await main(Number(values.account), Number(values.rounds), values['ca-file'] ?? '');
