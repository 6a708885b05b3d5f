/** Whatever fails on the way of a recovery, the end is the same: the vault back or another one made, once, and in service. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assertNoDoubles } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import type { Meddler, World, WorldOptions } from '../harness/world.ts';
import { assertInService, edgeOf, lostBeforeActivation, lostVault, purge, recover, startRecovery } from './recovery.ts';

/** All of the protection has gone with the vault, its marks and its device's access as well. */
const damaged = async (options?: WorldOptions) => {
  const lost = await lostVault(options);
  const { world, vault } = lost;
  vault.tags = {};
  vault.accessPolicies = [];
  vault.policyVersions = [];
  world.azure.state.storageAccounts = {};
  world.azure.state.locks = {};
  return lost;
};

type Ways = {
  way: string;
  begin: (options?: WorldOptions) => Promise<{ world: World }>;
  input: (world: World) => { keyVaultName?: string };
  writes: string[];
};

const ways: Ways[] = [
  {
    way: 'a recovery',
    begin: damaged,
    input: () => ({}),
    writes: [
      'Microsoft.Storage/storageAccounts/write',
      'Microsoft.KeyVault/vaults/write',
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
    begin: async (options) => {
      const lost = await lostBeforeActivation(options);
      await purge(lost.world, lost.vault);
      return lost;
    },
    input: () => ({ keyVaultName: 'my-next-vault' }),
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

const resets = (): Promise<never> => Promise.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));

for (const { way, begin, input, writes: expected } of ways) {
  /** The worker's requests of an undisturbed run; the device's own do not pass its clients. */
  const watched = async () => {
    const seen: { site: number; action: string | undefined; write: boolean }[] = [];
    let watching = false;
    const { world } = await begin({
      meddle: async (request, pass, { azure }) => {
        const from = azure.requests.length;
        const answer = await pass(request);
        const { pathname } = new URL(request.url);
        const entry = azure.requests
          .slice(from)
          .find(({ path, method }) => path === pathname && method === request.method);
        if (watching) seen.push({ site: seen.length, action: entry?.action, write: entry?.write === true });
        return answer;
      },
    });
    watching = true;
    await recover(world, input(world));
    return seen;
  };
  const golden = await watched();
  const writes = golden.filter(({ write }) => write);

  const recoverWith = async (site: number, happens: Meddler): Promise<void> => {
    let count = Number.NEGATIVE_INFINITY;
    const { world } = await begin({
      meddle: (request, pass, self) => (count++ === site ? happens(request, pass, self) : pass(request)),
    });
    count = 0;
    const result = await recover(world, input(world));
    assert.ok(count > site, 'the request came');
    assertInService(world, result);
    assertNoDoubles(world.azure, world.device());
    assert.ok(['as linked', 'placed'].includes(result.channelIntegrityKey.state), result.channelIntegrityKey.state);
    assert.equal(edgeOf(world).link.clientSecretStoreId, result.keyVault.id);
    assert.equal(edgeOf(world).link.channelIntegrityKeyVersion, result.channelIntegrityKey.key?.version);
  };

  const loseAfter = async (site: number): Promise<void> => {
    const lost = Promise.withResolvers<void>();
    let count = Number.NEGATIVE_INFINITY;
    const { world } = await begin({
      meddle: async (request, pass, { temporal }) => {
        const answer = await pass(request);
        if (count++ !== site) return answer;
        lost.resolve();
        return temporal.interrupt('timeout');
      },
    });
    count = 0;
    const first = await startRecovery(world, input(world));
    void world.temporal.runUntil(() => false).catch(() => undefined);
    await lost.promise;
    await first.terminate('lost');
    assertInService(world, await recover(world));
    assertNoDoubles(world.azure, world.device());
  };

  suite(`${way} whose`, () => {
    test('requests are undisturbed writes each thing once', () => {
      assert.deepEqual(
        writes.map(({ action }) => action),
        expected,
      );
    });

    for (const { site, action } of writes) {
      test(`request ${site}, ${action}, is carried out and its answer lost, ends the same`, () =>
        recoverWith(site, async (request, pass) => {
          await pass(request);
          return resets();
        }));

      test(`request ${site}, ${action}, is delivered twice, ends the same`, () =>
        recoverWith(site, async (request, pass) => {
          await pass(request.clone());
          return pass(request);
        }));

      test(`worker dies after request ${site}, ${action}, ends the same`, () =>
        recoverWith(site, async (request, pass, { temporal }) => {
          await pass(request);
          return temporal.interrupt('crash');
        }));

      for (const late of [10, 75]) {
        test(`request ${site}, ${action}, was given up and lands ${late} s late, ends the same`, () =>
          recoverWith(site, (request, pass, { temporal }) => {
            temporal.later(late * 1000, () => pass(request));
            return temporal.interrupt('timeout');
          }));
      }
    }

    test('every request is refused once in turn ends the same', async () => {
      for (const { site } of golden) await recoverWith(site, resets);
    });

    test('worker dies before every request once in turn ends the same', async () => {
      for (const { site } of golden) {
        await recoverWith(site, (_request, _pass, { temporal }) => temporal.interrupt('crash'));
      }
    });

    test('procedure is lost by Temporal after any write is ended by the next one', async () => {
      for (const { site } of writes) await loseAfter(site);
    });
  });
}

suite('a recovery that is cancelled when the vault is back and its lock is not on yet', () => {
  const isVaultPut = ({ method, url }: Request): boolean => method === 'PUT' && /\/vaults\/[^/]+\?/.test(url);

  const arrivals: [what: string, arrives: Meddler][] = [
    ['is answered', (request, pass) => pass(request)],
    [
      'is given up and lands 45 s late',
      (request, pass, { temporal }) => {
        temporal.later(45_000, () => pass(request));
        return temporal.interrupt('timeout');
      },
    ],
  ];
  for (const [what, arrives] of arrivals) {
    test(`leaves it locked, when the request for it ${what}`, async () => {
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
