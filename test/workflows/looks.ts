/** Looks at a device, as a client starts them. */
import type { GenerateActivationKeyInput } from '../../domain/inputs.ts';
import { inspectionIdOf, previewIdOf, workflowIdOf } from '../../domain/device.ts';
import type { Drift } from '../../domain/drift-line.ts';
import type { Posture } from '../../domain/posture.ts';
import type { ActivationPreview } from '../../domain/preview.ts';
import type { RepairDeviceResult } from '../../workflows/repair-device.ts';
import type { Run } from '../harness/temporal/index.ts';
import type { Vault } from '../../local-azure/vault/vault.ts';
import { createWorld, runToEnd, type Beginning, type World, type WorldOptions } from '../harness/world.ts';

type Activated = { world: World; vault: Vault };

const activate = async (options?: WorldOptions): Promise<Activated> => {
  const world = await createWorld(options);
  const { keyVault } = await runToEnd(world, await world.generate());
  return begunAnew(world, keyVault.name);
};

const bringOnline = async ({ world, vault }: Activated): Promise<Activated> => {
  const outcome = await world.pasteKey(vault.name);
  if (!outcome.activated) throw new Error(outcome.message);
  return begunAnew(world, vault.name);
};

/** The first request of whoever looks is the first of the log. */
const begunAnew = (world: World, vaultName: string): Activated => {
  world.azure.control.clearRequests();
  return { world, vault: world.azure.state.vaults[vaultName]! };
};

/** Made once: an activation takes longer than most of what comes after it. */
const onceMade = (make: (options?: WorldOptions) => Promise<Activated>) => {
  let made: Promise<{ from: Beginning; vaultName: string }> | undefined;
  const keep = async () => {
    const { world, vault } = await make();
    const from = { state: world.azure.snapshot(), now: world.clock.now(), runs: 100, certificates: 1000 };
    return { from, vaultName: vault.name };
  };
  return async (options: WorldOptions = {}): Promise<Activated> => {
    if (options.settings || options.profile) return make(options);
    const { from, vaultName } = await (made ??= keep());
    return begunAnew(await createWorld({ ...options, from }), vaultName);
  };
};

/** A device with all that an activation makes. */
export const activatedWorld = onceMade(activate);

/** The same, once somebody has pasted the key. */
export const onlineWorld = onceMade(async (options) => bringOnline(await activate(options)));

export const startInspection = ({ temporal, device }: World, name = 'edge-1'): Promise<Run> =>
  temporal.start('inspectDevice', [{ deviceId: device(name).id }], { workflowId: inspectionIdOf(device(name)) });

export const startRepair = ({ temporal, device }: World, name = 'edge-1'): Promise<Run> =>
  temporal.start('repairDevice', [{ deviceId: device(name).id }], { workflowId: workflowIdOf(device(name)) });

export const valueOf = async <T>({ temporal }: World, run: Run): Promise<T> => {
  await temporal.runUntil(() => run.outcome !== undefined);
  if (run.outcome?.status === 'completed') return run.outcome.value as T;
  throw new Error(`the run ended ${JSON.stringify(run.outcome ?? 'not')}`);
};

export const inspect = async (world: World, name = 'edge-1'): Promise<Posture> =>
  valueOf(world, await startInspection(world, name));

export const repair = async (world: World, name = 'edge-1'): Promise<RepairDeviceResult> =>
  valueOf(world, await startRepair(world, name));

export const preview = async (
  world: World,
  input: Partial<GenerateActivationKeyInput> = {},
  name = 'edge-1',
): Promise<ActivationPreview> => {
  const device = world.device(name);
  const workflowId = previewIdOf(device);
  return valueOf(
    world,
    await world.temporal.start('previewActivation', [{ deviceId: device.id, ...input }], { workflowId }),
  );
};

export const linesOf = (drift: readonly Drift[]): string[] => drift.map(({ what, repair }) => `${what}: ${repair}`);
