import type { Client } from '@temporalio/client';
import { defaultKeyVaultName } from '../domain/names.ts';
import { workflowIdOf, type DeviceId } from '../domain/device.ts';
import { armNames, arms, deviceOf, type Arm, type ArmName } from './arms.ts';
import { countCalls, type Calls } from './calls.ts';
import { activateByScript, startWatch, type Elapsed } from './floor.ts';
import { keyIssuedAfter } from './history.ts';
import type { Stage } from './stage.ts';

/** One activation of one arm. Times in seconds, as the requester sees them. */
export type Activation = Elapsed & { events?: number } & Calls;

export type Round = Record<ArmName, Activation>;

type Course = Elapsed & { events?: number };

/** Every arm at the same time, each on a device of its own. */
export const runRound = async (stage: Stage, client: Client, round: number): Promise<Round> => {
  await stage.control.call('clearRequests');
  const courses = await Promise.all(
    startOrder(round).map(async (arm): Promise<[ArmName, Course]> => [arm, await run(stage, client, arm, round)]),
  );
  const requests = await stage.control.requests();
  const measured = courses.map(([arm, course]) => {
    const vaultName = defaultKeyVaultName(deviceOf(stage.subscriptionId, arm, round));
    return [arm, { ...course, ...countCalls(requests, arm, vaultName) }];
  });
  return Object.fromEntries(measured) as Round;
};

/** No arm is always the first to start. */
export const startOrder = (round: number): ArmName[] => {
  const first = (round - 1) % armNames.length;
  return [...armNames.slice(first), ...armNames.slice(0, first)];
};

const run = async (stage: Stage, client: Client, name: ArmName, round: number): Promise<Course> => {
  const { audit, workflow } = arms[name];
  const device = deviceOf(stage.subscriptionId, name, round);
  if (!workflow) return activateByScript(stage.azureAs(name), device, audit);
  const options = { taskQueue: stage.taskQueueOf(name), workflowExecutionTimeout: stage.patience };
  return activateByWorkflow(client, workflow, device, options);
};

const activateByWorkflow = async (
  client: Client,
  { type, input }: NonNullable<Arm['workflow']>,
  device: DeviceId,
  options: { taskQueue: string; workflowExecutionTimeout: number },
): Promise<Course> => {
  const elapsed = startWatch();
  const args = [input(device)];
  const handle = await client.workflow.start(type, { ...options, workflowId: workflowIdOf(device), args });
  await handle.result();
  const wall = elapsed();
  const { events } = await handle.fetchHistory();
  return { wall, toKey: keyIssuedAfter(events ?? []), events: (events ?? []).length };
};
