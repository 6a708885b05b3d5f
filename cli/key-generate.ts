import type { ActivationPreview, GenerateActivationKeyInput, Started } from '../client.ts';
import { reading } from '../client/errors.ts';
import { readActivationInput } from '../domain/activation-input.ts';
import type { DeviceId } from '../domain/device.ts';
import { callerName, print, readDevice, type DeviceOptions } from './command.ts';
import { seeThrough } from './operation.ts';
import { describePreview } from './preview-text.ts';
import { withAse } from './session.ts';

type Options = DeviceOptions & {
  vaultName?: string;
  audit?: 'first' | 'after';
  softDeletedVault?: 'ask' | 'recover';
  wait: boolean;
  plan?: boolean;
};

export const generateKey = async (options: Options): Promise<void> => {
  const { config, device } = readDevice(options);
  const input = inputFrom(options, device);
  reading(() => readActivationInput(input));
  await withAse(config, options, async (ase) => {
    if (options.plan) return showPlan(await ase.preview(input), options);
    const started = await ase.start(input);
    await seeThrough(ase, { config, device, started, announcement: announcement(started, device), options });
  });
};

/** A script can tell by the exit code whether it would get to its end. */
const showPlan = (plan: ActivationPreview, options: Options): void => {
  print(plan, options, () => describePreview(plan));
  if (plan.verdict === 'refused') process.exitCode = 1;
};

const inputFrom = ({ vaultName, audit, softDeletedVault }: Options, { id }: DeviceId): GenerateActivationKeyInput => ({
  deviceId: id,
  requestedBy: callerName(),
  ...(vaultName === undefined ? {} : { keyVaultName: vaultName }),
  ...(audit === undefined ? {} : { audit }),
  ...(softDeletedVault === undefined ? {} : { softDeletedVault }),
});

const announcement = ({ started, workflowId }: Started, { name }: DeviceId): string =>
  started
    ? `Activation of ${name} started (${workflowId})`
    : `An activation of ${name} is under way (${workflowId}); joined it as it was asked for`;
