/** Regenerations in a world whose device has its vault and a key that is still good. */
import assert from 'node:assert/strict';
import type { GenerateActivationKeyResult } from '../../workflows/generate-activation-key.ts';
import type { RegenerateActivationKeyResult } from '../../workflows/regenerate-activation-key.ts';
import { assertActivatable } from '../harness/invariants.ts';
import type { Run } from '../harness/temporal/index.ts';
import { createWorld, runToEnd, type World, type WorldOptions } from '../harness/world.ts';

/** The device has been given a key, and the request log begins after that. */
export type WorldWithKey = { world: World; first: GenerateActivationKeyResult };

export const worldWithKey = async (options?: WorldOptions): Promise<WorldWithKey> => {
  const world = await createWorld(options);
  const first = await runToEnd(world, await world.generate());
  world.azure.control.clearRequests();
  return { world, first };
};

/** What lets the worker read the audit log. */
export const mayReadLog = ({ azure }: World): void =>
  azure.control.assignRole({ principal: 'worker', role: 'Storage Blob Data Reader' });

/** The result of a run, on until nothing more happens. */
export const endOf = async ({ temporal }: World, run: Run): Promise<RegenerateActivationKeyResult> => {
  await temporal.runUntil(() => run.outcome !== undefined);
  const { outcome } = run;
  assert.equal(outcome?.status, 'completed', JSON.stringify(outcome));
  await temporal.runUntil();
  return (outcome as { value: RegenerateActivationKeyResult }).value;
};

export const superseding = async (world: World): Promise<RegenerateActivationKeyResult> =>
  endOf(world, await world.regenerate({ supersede: true }));

/** All is there and protected, and of the keys only that of the result is in force. */
export const assertInForce = ({ azure, device }: World, result: RegenerateActivationKeyResult): void =>
  assertActivatable(azure, device(), { ...result, audit: 'complete', skipped: [] });

/** The only vault of the device `edge-1`, as the local Azure holds it. */
export const vaultOf = (world: World) => {
  const [name = ''] = world.vaultsOf();
  const vault = world.azure.state.vaults[name];
  assert.ok(vault, 'the device has a vault');
  return vault;
};
