/** A recovery writes each thing once. What may fail on its way is played by `npm run prove:singles`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { deviceHash } from '../../domain/names.ts';
import type { Run } from '../harness/temporal/index.ts';
import type { Meddler, World } from '../harness/world.ts';
import { lostBeforeActivation, lostVault, purge, recover, startRecovery } from './recovery.ts';

/** All of the protection has gone with the vault, its device's access and all of its marks but one as well. */
const damaged = async () => {
  const lost = await lostVault();
  const { world, vault } = lost;
  vault.tags = { 'ase-device-hash': deviceHash(world.device()) };
  vault.accessPolicies = [];
  vault.policyVersions = [];
  world.azure.state.storageAccounts = {};
  world.azure.state.locks = {};
  return lost;
};

type Ways = {
  way: string;
  begin: () => Promise<{ world: World }>;
  input: { keyVaultName?: string };
  writes: string[];
};

const ways: Ways[] = [
  {
    way: 'a recovery',
    begin: damaged,
    input: {},
    writes: [
      'Microsoft.Storage/storageAccounts/write',
      'Microsoft.KeyVault/vaults/write',
      // At once and without a claim, since the tags do not name its owner; then for the device, once that is proven.
      'Microsoft.Authorization/locks/write',
      'Microsoft.Authorization/locks/write',
      'Microsoft.Resources/tags/write',
      'Microsoft.KeyVault/vaults/accessPolicies/write',
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.Authorization/locks/write',
      'Microsoft.KeyVault/vaults/accessPolicies/write',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
    ],
  },
  {
    way: 'another vault',
    begin: async () => {
      const lost = await lostBeforeActivation();
      await purge(lost.world, lost.vault);
      return lost;
    },
    input: { keyVaultName: 'my-next-vault' },
    writes: [
      'Microsoft.KeyVault/vaults/write',
      'Microsoft.Authorization/locks/write',
      'Microsoft.Resources/tags/write',
      'Microsoft.Insights/diagnosticSettings/write',
      'Microsoft.KeyVault/vaults/accessPolicies/write',
      'secrets/set',
      'Microsoft.DataBoxEdge/dataBoxEdgeDevices/updateExtendedInformation/action',
    ],
  },
];

for (const { way, begin, input, writes } of ways) {
  test(`${way} writes each resource once`, async () => {
    const { world } = await begin();
    await recover(world, input);
    assert.deepEqual(world.writes(), writes);
  });
}

suite('a recovery that is cancelled when the vault is recovered and not locked yet', () => {
  const isVaultPut = ({ method, url }: Request): boolean => method === 'PUT' && /\/vaults\/[^/]+\?/.test(url);

  const arrivals: [what: string, arrives: Meddler][] = [
    ['is answered', (request, pass) => pass(request)],
    [
      'is abandoned and takes effect 45 s late',
      (request, pass, { temporal }) => {
        temporal.later(45_000, () => pass(request));
        return temporal.interrupt('timeout');
      },
    ],
  ];
  for (const [what, arrives] of arrivals) {
    test(`leaves it locked if the request for it ${what}`, async () => {
      let toCancel: Run | undefined;
      const { world, vault } = await lostVault({
        meddle: (request, pass, self) => {
          const run = toCancel;
          if (!run || !isVaultPut(request)) return pass(request);
          toCancel = undefined;
          self.temporal.later(0, () => run.cancel());
          return arrives(request, pass, self);
        },
      });
      const run = (toCancel = await startRecovery(world));
      await world.temporal.runUntil();
      assert.equal(run.outcome?.status, 'cancelled');
      const locks = Object.values(world.azure.state.locks).map(({ name, scope }) => `${name} ${scope}`);
      assert.ok(world.azure.state.vaults[vault.name], 'the vault is back');
      assert.ok(locks.includes(`ase-key-vault-lock ${vault.id}`), locks.join('\n'));
    });
  }
});
