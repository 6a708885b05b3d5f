import type { DecisionRequest, DecisionSent, ManyDecision } from '../client.ts';
import { reading } from '../client/errors.ts';
import { shortText } from '../domain/activation-input.ts';
import { decideAboutMany, type ManyDecisionOptions } from './blocked-many.ts';
import { print, readDevice, say, type DeviceOptions } from './command.ts';
import { UsageError } from './failure.ts';
import { statusCommand } from './hints.ts';
import { withAse } from './session.ts';

type Kind = DecisionRequest['decision'];
type Options = DeviceOptions & ManyDecisionOptions & { all?: boolean; input?: string };

export const decide = async (kind: Kind, options: Options): Promise<void> => {
  const { by, reason, input } = options;
  const decision = { decision: kind, by, reason, ...(input === undefined ? {} : { input: readJson(input) }) };
  reading(() => [shortText('by', by), shortText('reason', reason)]);
  await (options.all ? decideAboutMany(decision, options) : decideAboutOne(decision, options));
};

const decideAboutOne = async (decision: ManyDecision, options: Options): Promise<void> => {
  for (const option of ['failure', 'procedure', 'yes', 'report'] as const) {
    if (options[option] !== undefined)
      throw new UsageError(`--${option} goes with --all`, 'Add --all, or leave it out.');
  }
  const { config, device } = readDevice(options);
  const { step } = options;
  await withAse(config, options, async (ase) => {
    const sent = await ase.decide({ deviceId: device.id, ...decision, ...(step === undefined ? {} : { step }) });
    say(`${describeSent(sent)}. Look: ${statusCommand(device, config)} --watch`);
    print(sent, options);
  });
};

const describeSent = ({ decision, step, sent, taskQueue }: DecisionSent): string =>
  sent === 'update'
    ? `Decided: ${decision} of ${step}`
    : `No worker answers on the task queue "${taskQueue}": ${decision} of ${step} was left as a signal and is applied when one runs, if it still fits`;

const readJson = (text: string): Record<string, unknown> => {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, together with JSON that is no object.
  }
  throw new UsageError(`--input is no JSON object: ${text}`, `For example: --input '{"keyVaultName":"another-name"}'`);
};
