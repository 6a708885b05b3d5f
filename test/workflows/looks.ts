/** Looks at a device, as a client starts them. */
import type { GenerateActivationKeyInput } from '../../domain/activation-input.ts';
import { inspectionIdOf, previewIdOf, workflowIdOf } from '../../domain/device.ts';
import type { Drift } from '../../domain/drift-line.ts';
import type { Posture } from '../../domain/posture.ts';
import type { ActivationPreview } from '../../domain/preview.ts';
import type { RepairDeviceResult } from '../../workflows/repair-device.ts';
import type { Run } from '../harness/temporal/index.ts';
import { createWorld, runToEnd, type World, type WorldOptions } from '../harness/world.ts';

/** A device with all that an activation makes; the first request of whoever looks is the first of the log. */
export const activatedWorld = async (options?: WorldOptions) => {
  const world = await createWorld(options);
  const { keyVault } = await runToEnd(world, await world.generate());
  world.azure.control.clearRequests();
  const vault = world.azure.state.vaults[keyVault.name]!;
  return { world, vault };
};

/** The same, once somebody has pasted the key. */
export const onlineWorld = async (options?: WorldOptions) => {
  const { world, vault } = await activatedWorld(options);
  const outcome = await world.pasteKey(vault.name);
  if (!outcome.activated) throw new Error(outcome.message);
  world.azure.control.clearRequests();
  return { world, vault };
};

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
