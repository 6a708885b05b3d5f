/** Which run a request began: calls with the same request id are one request. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { workflowIdOf, type DeviceId, readRequestId } from '../domain/device.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { AseError, operationFailed, reading } from './errors.ts';
import type { ProcedureName } from './procedures.ts';
import { describe } from './status.ts';
import type { Temporal } from './temporal.ts';

export type RequestOptions = {
  /**
   * Names the request: 1 to 64 printable ASCII characters without spaces, kept in plain text. Calls with the same id for the
   * same device are one request: a repeated one joins the run that the first began, or is told how that ended. The input of
   * the first counts. For as long as Temporal keeps the run; the key of a regeneration is known to its vault besides.
   */
  requestId?: string;
};

export type BeginOptions = RequestOptions & {
  /** Refuses to begin a run where no worker polls the task queue; one that is under way is joined all the same. */
  needsWorker?: boolean;
};

/** @throws AseError InvalidInput */
export const acceptRequestId = ({ requestId }: RequestOptions): string | undefined =>
  requestId === undefined ? undefined : reading(() => readRequestId(requestId));

/** Where Temporal keeps the id of the request that began a run: shown by its list and kept by a reset. */
export const requestMemo = 'requestId';

export const memoOf = (requestId: string | undefined): { memo?: Record<string, string> } =>
  requestId === undefined ? {} : { memo: { [requestMemo]: requestId } };

/** What Temporal knows of a run. */
type KnownRun = Pick<
  WorkflowExecutionInfo,
  'type' | 'workflowId' | 'runId' | 'status' | 'memo' | 'typedSearchAttributes'
>;

export const isBegunBy = ({ memo }: Pick<KnownRun, 'memo'>, requestId: string | undefined): boolean =>
  requestId !== undefined && memo?.[requestMemo] === requestId;

export type RequestedRun = { workflowId: string; runId: string };

/**
 * The run that the request began, however many others there were since. An older regeneration that made a key is none: the key
 * may have been superseded, which its vault knows, and the procedure looks there before it makes one. Of an activation the runs
 * since then tell whether another key took the place of its own.
 * @throws AseError InvalidInput when the id was used for another procedure · OperationFailed (KeySuperseded)
 */
export const findRequested = async (
  temporal: Temporal,
  device: DeviceId,
  procedure: ProcedureName,
  requestId: string | undefined,
): Promise<RequestedRun | undefined> => {
  if (requestId === undefined) return undefined;
  const latest = await describeIfAny(temporal, device);
  if (!latest) return undefined;
  if (isBegunBy(latest, requestId)) return accepted(latest, procedure, requestId);
  const found = await findOlder(temporal, device, requestId);
  if (!found) return undefined;
  const { older, newer } = found;
  const run = accepted(older, procedure, requestId);
  if (procedure === 'regenerateActivationKey') return older.status.name === 'COMPLETED' ? undefined : run;
  assertInForce(device, older, [latest, ...newer], requestId);
  return run;
};

/**
 * Each run tells by an attribute when its key ends, in whatever way the run has ended. A key ends three days after it was made,
 * so the one that ends later was made later, and has disabled the other.
 */
const assertInForce = (device: DeviceId, older: KnownRun, newer: readonly KnownRun[], requestId: string): void => {
  const ends = expiryOf(older);
  const later = ends === undefined ? undefined : newer.find((run) => (expiryOf(run) ?? 0) > ends);
  if (!later) return;
  const message = `the request "${requestId}" was given an activation key that has been disabled since: one that ${later.type} made took its place`;
  throw operationFailed(device, { type: 'KeySuperseded', message });
};

const expiryOf = ({ typedSearchAttributes }: KnownRun): number | undefined =>
  typedSearchAttributes.get(searchAttributes.keyExpiry)?.getTime();

/** Returns Temporal's own data of the latest run on the device, if any. */
export const describeIfAny = async (temporal: Temporal, device: DeviceId): Promise<KnownRun | undefined> => {
  try {
    return await describe(temporal, device);
  } catch (error) {
    if (error instanceof AseError && error.type === 'NotFound') return undefined;
    throw error;
  }
};

type Older = { older: KnownRun; newer: KnownRun[] };

/** Newest first, so that of a run that was reset the one that went on is found. */
const findOlder = ({ client, within }: Temporal, device: DeviceId, requestId: string): Promise<Older | undefined> =>
  within(async () => {
    const query = `WorkflowId = '${workflowIdOf(device)}'`;
    const newer: KnownRun[] = [];
    for await (const run of client.workflow.list({ query })) {
      if (isBegunBy(run, requestId)) return { older: run, newer };
      newer.push(run);
    }
    return undefined;
  });

const accepted = ({ type, workflowId, runId }: KnownRun, procedure: ProcedureName, requestId: string): RequestedRun => {
  if (type === procedure) return { workflowId, runId };
  throw new AseError(
    'InvalidInput',
    `the request id "${requestId}" was used for ${type} of this device`,
    'Use another one for another request; nothing was started or changed.',
  );
};
