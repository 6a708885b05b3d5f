/** Many activations, some at a time, and a person who says "retry" to whatever blocks. */
import { setTimeout as delay } from 'node:timers/promises';
import { AseError, type Ase, type GenerateActivationKeyResult } from '../../client.ts';
import type { DeviceId } from '../../domain/device.ts';

export type Activation = { device: DeviceId; startedAt: number; endedAt: number } & (
  { result: GenerateActivationKeyResult } | { failure: string }
);

export type Fleet = {
  ended: readonly Activation[];
  /** `step failure` of the blocks that were met. */
  blocks: readonly string[];
};

/** Starts activations until all have ended, or until the storm is over. */
export const activateAll = async (
  ase: Ase,
  devices: readonly DeviceId[],
  atOnce: number,
  fleet: { ended: Activation[]; blocks: string[] },
  enough: AbortSignal,
): Promise<void> => {
  const waiting = [...devices];
  const lane = async (): Promise<void> => {
    for (let device = waiting.shift(); device; device = waiting.shift()) {
      fleet.ended.push(await activateOne(ase, device, fleet.blocks, enough));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
};

const activateOne = async (ase: Ase, device: DeviceId, blocks: string[], enough: AbortSignal): Promise<Activation> => {
  const startedAt = Date.now();
  // Asked again while the server is away; whoever asks twice joins.
  await untilHeard(() => ase.start({ deviceId: device.id }));
  while (!enough.aborted) {
    try {
      const result = await ase.result(
        { deviceId: device.id, procedure: 'generateActivationKey' },
        { deadline: new Date(Date.now() + 10_000) },
      );
      return { device, startedAt, endedAt: Date.now(), result };
    } catch (error) {
      const { type, failure = '', message } = error as Partial<AseError> & Error;
      if (type === 'OperationFailed')
        return { device, startedAt, endedAt: Date.now(), failure: `${failure}: ${message}` };
      if (type === 'NotFound') return { device, startedAt, endedAt: Date.now(), failure: 'the run was lost' };
      if (type === 'Blocked') await retry(ase, device, blocks);
      await delay(500);
    }
  }
  return { device, startedAt, endedAt: Date.now(), failure: 'the run has not ended' };
};

const retry = async (ase: Ase, { id }: DeviceId, blocks: string[]): Promise<void> => {
  try {
    const { blocked } = await ase.status({ deviceId: id });
    if (!blocked) return;
    blocks.push(`${blocked.step} ${blocked.failure}`);
    await ase.decide({ deviceId: id, decision: 'retry', by: 'soak' });
  } catch {
    // The server is away, or it went on by itself: the next look tells.
  }
};

const untilHeard = async (ask: () => Promise<unknown>): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (attempt === 60) throw error;
      await delay(1_000);
    }
  }
};
