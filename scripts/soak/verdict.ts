/** What must be true when all is over. Each line is something that is not. */
import { readFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';
import { deviceHash } from '../../domain/names.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import { assertActivatable, assertNothingPurged, unlockedVaults } from '../../test/harness/invariants.ts';
import { findSecrets, leavesOf, type Secrets } from '../../test/server/find-secrets.ts';
import type { Activation } from './activations.ts';

export const judge = async (
  azure: LocalAzure,
  client: Client,
  workflows: string,
  devices: readonly DeviceId[],
  activations: readonly Activation[],
  logs: readonly string[],
): Promise<string[]> => {
  const log = (await Promise.all(logs.map((file) => readFile(file, 'utf8')))).join('\n');
  const histories = await Promise.all(
    devices.map(async (device) => {
      const workflowId = workflowIdOf(device);
      return { workflowId, device, history: await client.workflow.getHandle(workflowId).fetchHistory() };
    }),
  );
  const wrong = [
    ...(activations.length === devices.length ? [] : [`${activations.length} of ${devices.length} ended`]),
    ...activations.flatMap((activation) => judgeOne(azure, activation)),
    ...complaints('all', () => assertNothingPurged(azure)),
    ...devices.flatMap((device) => unlockedVaults(azure, device).map((name) => `${device.name}: ${name} has no lock`)),
    ...histories.flatMap(({ device, history }) =>
      findSecrets({ 'its history': leavesOf(history), 'the logs': log }, secretsOf(azure, device)).map(
        (found) => `${device.name}: ${found}`,
      ),
    ),
  ];
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { code: workflows } },
    histories,
  )) {
    if (error) wrong.push(`${workflowId} does not replay: ${error.message}`);
  }
  return wrong;
};

const judgeOne = (azure: LocalAzure, activation: Activation): string[] => {
  const { device } = activation;
  if ('failure' in activation) return [`${device.name}: ${activation.failure}`];
  return complaints(device.name, () => assertActivatable(azure, device, activation.result));
};

const complaints = (about: string, check: () => void): string[] => {
  try {
    check();
    return [];
  } catch (error) {
    return [`${about}: ${(error as Error).message}`];
  }
};

const secretsOf = ({ state }: LocalAzure, device: DeviceId): Secrets =>
  Object.fromEntries(
    Object.values(state.vaults)
      .filter(({ tags }) => tags['ase-device-hash'] === deviceHash(device))
      .flatMap(({ secrets }) => Object.entries(secrets))
      .flatMap(([name, { versions }]) => versions.map(({ version, value }) => [`${name} ${version}`, value])),
  );
