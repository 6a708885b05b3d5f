/** The two grounds on which a scenario is played: a real server, and the driver in process and in virtual time. */
import { randomUUID } from 'node:crypto';
import type { GenerateActivationKeyInput } from '../../domain/inputs.ts';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import type { GenerateActivationKeyResult } from '../../workflows/generate-activation-key.ts';
import {
  decideSignal,
  decideUpdate,
  statusQuery,
  type Block,
  type Decision,
  type Status,
} from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { blockOf, createWorld, resultOf, runToRest, status } from '../harness/world.ts';
import { eventsOf, historyOf } from './history.ts';
import type { Stack } from './stack.ts';
import { until } from './until.ts';

/** What a scenario can do and see, whoever plays the server. */
export type Stage = {
  azure: LocalAzure;
  device: DeviceId;
  start: (input?: Partial<GenerateActivationKeyInput>) => Promise<void>;
  /** Runs until a step is blocked. */
  block: () => Promise<Block>;
  /** Runs until the blocked step has been tried again, in vain. */
  probe: () => Promise<void>;
  /** Rejects when the decision is refused. */
  update: (decision: Decision) => Promise<unknown>;
  signal: (decision: Decision) => Promise<void>;
  /** Runs to the end. */
  result: () => Promise<GenerateActivationKeyResult>;
  status: () => Promise<Status>;
  historyEvents: () => Promise<number>;
};

export const serverStage = ({ azure, client, ase }: Stack, device: DeviceId): Stage => {
  const handle = client.workflow.getHandle(workflowIdOf(device));
  return {
    azure,
    device,
    start: async (input = {}) => void (await ase.start({ deviceId: device.id, ...input })),
    block: () => until(`${device.name} is blocked`, async () => (await handle.query(statusQuery)).blocked),
    probe: async () => {
      await until(`the blocked step of ${device.name} is tried again`, async () => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.some(({ attempt }) => (attempt ?? 0) > 2);
      });
    },
    update: (decision) => handle.executeUpdate(decideUpdate, { args: [decision], updateId: randomUUID() }),
    signal: (decision) => handle.signal(decideSignal, decision),
    result: () => ase.result({ deviceId: device.id, procedure: 'generateActivationKey' }),
    status: () => handle.query(statusQuery),
    historyEvents: async () => eventsOf(await historyOf(client, device)).length,
  };
};

export const driverStage = async (name: string): Promise<Stage> => {
  const world = await createWorld();
  let run: Run | undefined;
  const running = (): Run => {
    if (!run) throw new Error('nothing was started');
    return run;
  };
  return {
    azure: world.azure,
    device: world.device(name),
    start: async (input) => {
      run = await world.generate(input, name);
    },
    block: async () => {
      await runToRest(world, running());
      return blockOf(running());
    },
    probe: () => world.temporal.runUntil(() => running().pendingActivities.some(({ attempt }) => attempt > 2)),
    update: async (decision) => (await running().update(decideUpdate, decision)).result,
    signal: (decision) => running().signal(decideSignal, decision),
    result: async () => {
      await world.temporal.runUntil(() => running().outcome !== undefined);
      return resultOf(running());
    },
    status: () => status(running()),
    historyEvents: () => Promise.resolve(running().historyEvents),
  };
};
