/** Looks for people: a part of Azure that cannot be seen is an answer as well, and never hides the other parts. */
import { Context } from '@temporalio/activity';
import { isAbsence, readAzureError } from '../azure/errors.ts';
import { failureEntry, type FailureType } from '../domain/failures.ts';
import { callTimeout } from '../domain/pace.ts';
import type { Sighting } from '../domain/sighting.ts';
import { looksSoFar } from './call.ts';
import { isAbort } from './failure.ts';

/** Attempts in which what may pass soon is waited for, some seconds in all: a person waits. */
const patientLooks = 3;

/** @param mayPass failures that are worth another attempt; default: that Azure is busy or away */
export const sight = async <T>(
  look: () => Promise<T>,
  mayPass: (type: FailureType) => boolean = isTransient,
): Promise<Sighting<T>> => {
  try {
    return { found: await look() };
  } catch (error) {
    if (isAbsence(error)) return 'absent';
    const seen = unseenFor(error);
    if (!seen || (mayPass(seen.unseen) && looksSoFar() < patientLooks)) throw error;
    return seen;
  }
};

export const isTransient = (type: FailureType): boolean => failureEntry(type).class === 'transient';

/** Nothing for an error that is no answer of Azure: a cancelled attempt, a defect. */
const unseenFor = (error: unknown): { unseen: FailureType; why: string } | undefined => {
  const azure = readAzureError(error);
  if (azure) return { unseen: azure.type, why: azure.message };
  if (!isAbort(error) || Context.current().cancellationSignal.aborted) return undefined;
  return { unseen: 'AzureUnavailable', why: `no answer within ${callTimeout / 1000} s` };
};
