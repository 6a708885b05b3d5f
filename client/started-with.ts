/** What a run was started with, and what a request that joined it asked for in vain. */
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { GenerateActivationKeyInput } from '../domain/inputs.ts';
import type { RequestedRun } from './requests.ts';
import type { Temporal } from './temporal.ts';

/** A field of the input that the run does not have as it was asked for. */
export type IgnoredInput = {
  field: 'keyVaultName' | 'audit' | 'softDeletedVault';
  asked: string;
  /** What the run was started with; absent where it was started without the field. */
  startedWith?: string;
};

/** The values that stand for an absent field. */
const defaults: Partial<Record<IgnoredInput['field'], string>> = { audit: 'first', softDeletedVault: 'ask' };
const fields = ['keyVaultName', 'audit', 'softDeletedVault'] as const;

/** Returns the fields of a request that the run which it joined does not follow. */
export const findIgnored = async (
  temporal: Temporal,
  run: RequestedRun,
  input: GenerateActivationKeyInput,
): Promise<IgnoredInput[]> => {
  if (fields.every((field) => input[field] === undefined)) return [];
  const startedWith = await readInput(temporal, run);
  return fields.flatMap((field) => {
    const [asked, had] = [input[field], startedWith[field]];
    if (asked === undefined || asked === (had ?? defaults[field])) return [];
    return [{ field, asked, ...(had === undefined ? {} : { startedWith: had }) }];
  });
};

/** The first event of a history holds the input. */
const readInput = async (
  { client, connection, config, within }: Temporal,
  execution: RequestedRun,
): Promise<Partial<GenerateActivationKeyInput>> => {
  const { namespace } = config;
  const { history } = await within(() =>
    connection.workflowService.getWorkflowExecutionHistory({ namespace, execution, maximumPageSize: 1 }),
  );
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const input: unknown = await decodeFromPayloadsAtIndex(client.options.loadedDataConverter, 0, payloads);
  return typeof input === 'object' && input !== null ? input : {};
};
