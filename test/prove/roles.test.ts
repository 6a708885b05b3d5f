/** The role files hold what the procedures really use, no more and no less: computed from their requests. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { roleActions } from '../../domain/rights.ts';
import { rightRows } from '../docs/rights-table.ts';
import type { World } from '../harness/world.ts';
import { deleteDevice, endOf, lostVault, startRecovery } from '../workflows/recovery.ts';
import { goldenOf } from './play.ts';
import { scenarios } from './scenarios.ts';

/** Of Azure Resource Manager, with the scopes at which they were used. */
type Used = Map<string, Set<'group' | 'subscription'>>;

/** Data in blobs is read by a role of Azure's own; secrets by access policies. */
const isOfResources = (action: string): boolean => action.startsWith('Microsoft.') && !action.includes('/blobs/');

const note = (used: Used, { action, path }: { action?: string | undefined; path: string }): void => {
  if (action === undefined || !isOfResources(action)) return;
  const scopes = used.get(action) ?? new Set();
  used.set(action, scopes.add(/\/resourcegroups\//i.test(decodeURIComponent(path)) ? 'group' : 'subscription'));
};

/** By the role that the procedure needs: a recovery must do with either. */
const isOf = { activate: /^(?!delete)/, delete: /^(delete|recover)/ };

const used = { activate: new Map() as Used, delete: new Map() as Used };
// The other plays are the same ones with tokens that run out.
for (const scenario of scenarios.filter(({ tokensLeft }) => tokensLeft === undefined)) {
  const { sites } = await goldenOf(scenario);
  for (const role of ['activate', 'delete'] as const) {
    if (isOf[role].test(scenario.name)) for (const site of sites) note(used[role], site);
  }
}

const noteAll = ({ azure }: World, ...roles: (keyof typeof used)[]): void => {
  for (const request of azure.requests.filter(({ principal }) => principal === 'worker')) {
    for (const role of roles) note(used[role], request);
  }
};

/** What is used on rare ways only: each is gone here. */
const detours: Record<string, () => Promise<void>> = {
  'a recovery of a vault whose device is gone looks through all deleted vaults': async () => {
    const { world } = await lostVault();
    await deleteDevice(world);
    await endOf(world, await startRecovery(world));
    noteAll(world, 'activate', 'delete');
  },
  'a recovery where the providers of the audit trail were taken out of use registers them': async () => {
    const { world } = await lostVault();
    world.azure.state.registrations = Object.fromEntries(
      Object.entries(world.azure.state.registrations).filter(([key]) => !/storage|insights/i.test(key)),
    );
    world.azure.state.storageAccounts = {};
    await endOf(world, await startRecovery(world));
    noteAll(world, 'delete');
  },
};
for (const detour of Object.values(detours)) await detour();

/** Azure Monitor asks whether the worker holds it when a setting names an account; no request of the worker's shows it. */
const askedByAzure = 'Microsoft.Storage/storageAccounts/listKeys/action';
const needed = (role: keyof typeof used): string[] => [...used[role].keys(), askedByAzure].toSorted();

suite('the actions of the worker are those of the role to', () => {
  for (const role of ['activate', 'delete'] as const) {
    test(role, () => assert.deepEqual(needed(role), roleActions[role]));
  }
});

test('the table of docs/security.md shows the scopes at which the worker uses them', () => {
  const seen = (action: string): Set<string> =>
    action === askedByAzure
      ? new Set(['group'])
      : new Set([...(used.activate.get(action) ?? []), ...(used.delete.get(action) ?? [])]);
  for (const { action, scope } of rightRows) {
    assert.deepEqual([...seen(action)].toSorted(), scope === 'both' ? ['group', 'subscription'] : [scope], action);
  }
});
