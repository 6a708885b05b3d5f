/** The rest of a long wait for an activation key: the caller looks at the run, which costs it no event and no place. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowExecutionDescription } from '@temporalio/client';
import type { DeviceId } from '../domain/device.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { AseError, operationFailed } from './errors.ts';
import { awaitResult } from './result.ts';
import { explainSilence } from './explain.ts';
import { describe, readStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

/** Pause between two looks, after so many milliseconds of looking: from two seconds to half a minute. */
export const pause = (lookingFor: number): number => Math.min(Math.max(lookingFor / 20, 2_000), 30_000);

/**
 * Checks until the run has a key or has ended, also through a restart of the server.
 * @throws AseError OperationFailed, or why there is no key at the deadline
 */
export const watchForKey = async (
  temporal: Temporal,
  device: DeviceId,
  runId: string,
  deadline: Date,
): Promise<ActivationKeyRef> => {
  const since = Date.now();
  for (;;) {
    const key = await look(temporal, device, runId).catch(ignoreAbsence);
    if (key) return key;
    const left = deadline.getTime() - Date.now();
    if (left <= 0) throw await explainSilence(temporal, device, runId);
    await delay(Math.min(pause(Date.now() - since), left));
  }
};

const ignoreAbsence = (error: unknown): undefined => {
  if (!(error instanceof AseError) || error.type !== 'TemporalUnreachable') throw error;
};

/** Asks a worker only where there is something to hear. */
const look = async (temporal: Temporal, device: DeviceId, runId: string): Promise<ActivationKeyRef | undefined> => {
  const description = await describe(temporal, device, runId);
  if (description.status.name === 'COMPLETED') {
    const result = await awaitResult(temporal, device, { runId });
    return 'activationKey' in result ? result.activationKey : undefined;
  }
  if (description.status.name === 'RUNNING' && !hasKey(description)) return undefined;
  const { activationKey, failure } = await readStatus(temporal, device, runId);
  // Who was given the key before the run ended badly has it, and so has everybody who asks with him.
  if (activationKey) return activationKey;
  if (failure) throw operationFailed(device, failure);
  return undefined;
};

/** In whatever phase: with its key out, a run may still be blocked at what is left to do. */
const hasKey = ({ typedSearchAttributes }: WorkflowExecutionDescription): boolean =>
  typedSearchAttributes.get(searchAttributes.keyExpiry) !== undefined;
