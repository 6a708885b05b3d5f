/**
 * The programmatic interface to the procedures.
 *
 *     const ase = await connect();
 *     try {
 *       const { secretId, expiresOn } = await ase.generateActivationKey({ deviceId });
 *     } finally {
 *       await ase.close();
 *     }
 *
 * Whatever goes wrong is an `AseError`: `type` and `actions` for programs, `message` and `hint` for people. Every call has a
 * deadline. Nothing here prints, ends the process or reads its arguments. `docs/client.md` tells more.
 */
import { awaitActivationKey, awaitRegeneratedKey, type WaitOptions } from './client/await-key.ts';
import {
  findBlocked,
  surveyBlocked,
  type BlockedFilter,
  type BlockedOperation,
  type BlockedSurvey,
  type FoundBlocked,
} from './client/blocked.ts';
import {
  sendConsent,
  type ConsentRequest,
  type ConsentSent,
  sendDecision,
  type DecisionRequest,
  type DecisionSent,
} from './client/decide.ts';
import { decideMany, type DecisionOutcome, type ManyOptions, type ManyRequest } from './client/decide-many.ts';
import { answering } from './client/errors.ts';
import { inspect, preview, type LookOptions } from './client/looks.ts';
import { acceptInput, type ProcedureName, type ProcedureResult } from './client/procedures.ts';
import type { BeginOptions } from './client/requests.ts';
import { awaitResult, type OfProcedure, type ResultOptions } from './client/result.ts';
import { acceptDeadline, acceptRun, type OfRun } from './client/of-run.ts';
import { startActivation, startProcedure, type ProcedureRequest, type Started } from './client/start.ts';
import { readStatus, type DeviceStatus } from './client/status.ts';
import { explainTemporal, openTemporal, type ConnectOptions } from './client/temporal.ts';
import type { GenerateActivationKeyInput, DeviceInput } from './domain/inputs.ts';
import type { RegenerateActivationKeyInput } from './domain/regeneration.ts';
import type { DeleteDeviceInput, DeleteKeyVaultInput } from './domain/deletion.ts';
import type { KeyVaultRef } from './domain/key-vault-ref.ts';
import type { Posture } from './domain/posture.ts';
import type { ActivationPreview } from './domain/preview.ts';
import type { ActivationKeyRef } from './domain/secrets.ts';
import type { DeleteDeviceResult } from './workflows/delete-device.ts';
import type { DeleteKeyVaultResult } from './workflows/delete-key-vault.ts';
import type { GenerateActivationKeyResult } from './workflows/generate-activation-key.ts';
import type { RegenerateActivationKeyResult } from './workflows/regenerate-activation-key.ts';
import type { RepairDeviceResult } from './workflows/repair-device.ts';

export type { Action } from './client/actions.ts';
export type { ActivationKey, ShowOptions } from './client/activation-key.ts';
export type { VaultAudit } from './client/audit-log.ts';
export type { OwnRights } from './client/own-vault.ts';
export { AseError, type AseErrorType } from './client/errors.ts';
export type { WaitOptions } from './client/await-key.ts';
export type { BlockedCount } from './client/searches.ts';
export type { BlockedFilter, BlockedOperation, BlockedSurvey, FoundBlocked } from './client/blocked.ts';
export type { ConsentRequest, ConsentSent } from './client/decide.ts';
export type { DecisionRequest, DecisionSent } from './client/decide.ts';
export type { DecisionOutcome, ManyDecision, ManyOptions, ManyRequest, Outcome } from './client/decide-many.ts';
export {
  findKeyVault,
  readAuditLog,
  showActivationKey,
  type AuditRequest,
  type OfDevice,
} from './client/own-rights.ts';
export type { LookOptions } from './client/looks.ts';
export type { ProcedureInput, ProcedureName, ProcedureResult } from './client/procedures.ts';
export type { BeginOptions, RequestOptions } from './client/requests.ts';
export type { OfRun } from './client/of-run.ts';
export type { OfProcedure, ResultOptions } from './client/result.ts';
export type { ProcedureRequest, Started } from './client/start.ts';
export type { IgnoredInput } from './client/started-with.ts';
export type { Attempt, DeviceStatus, KnownBlock } from './client/status.ts';
export type { ConnectOptions } from './client/temporal.ts';
export type { GenerateActivationKeyInput, GenerateActivationKeyResult, ActivationKeyRef };
export type { RegenerateActivationKeyInput, RegenerateActivationKeyResult };
export type { DeleteDeviceInput, DeleteDeviceResult, DeleteKeyVaultInput, DeleteKeyVaultResult };
export type { ActivationPreview, DeviceInput, KeyVaultRef, Posture, RepairDeviceResult };

/**
 * The client. The first argument of every call is the request, with the ARM id of the device in any letter case; the
 * second contains the options. Each call fails with the errors that it names; all of them also with InvalidInput,
 * TemporalUnreachable, TemporalRefused and Unexpected, and with no other error.
 */
export type Ase = {
  /**
   * Starts an activation, or joins the one that runs, and answers with the reference of the key as soon as it exists:
   * where the key is, never the key.
   * @throws AseError InvalidInput · DeviceBusy · OperationFailed · NoWorker, after some ten seconds · TooManyWaiters, when
   * five callers have begun to wait within a minute · Blocked or StillRunning, when the deadline has passed
   */
  generateActivationKey(input: GenerateActivationKeyInput, options?: WaitOptions): Promise<ActivationKeyRef>;
  /**
   * Starts a regeneration on a device that is free, and answers likewise. Each request makes a key of its own: name it with
   * `requestId` wherever a call may be repeated.
   * @throws AseError as above, DeviceBusy also for another regeneration; OperationFailed with KeyStillLive without
   * `supersede`, with KeySuperseded for a request whose key was disabled for a later one
   */
  regenerateActivationKey(input: RegenerateActivationKeyInput, options?: WaitOptions): Promise<ActivationKeyRef>;
  /** How a device and its vault stand, whatever runs on it. Writes nothing. @throws AseError OperationFailed · NoWorker */
  inspect(input: DeviceInput, options?: LookOptions): Promise<Posture>;
  /** What an activation with this input would do, and what refuses it. Writes nothing. @throws AseError as inspect */
  preview(input: GenerateActivationKeyInput, options?: LookOptions): Promise<ActivationPreview>;
  /** Puts right what has drifted and is ours, and waits for the end. @throws AseError as startProcedure and result */
  repair(input: DeviceInput, options?: WaitOptions): Promise<RepairDeviceResult>;
  /**
   * Starts an activation, or joins the one that runs, and does not wait.
   * @throws AseError InvalidInput · DeviceBusy · with `needsWorker` NoWorker
   */
  start(input: GenerateActivationKeyInput, options?: BeginOptions): Promise<Started<'generateActivationKey'>>;
  /** Starts the deletion of a device, which asks about its key vault, and does not wait. @throws AseError as startProcedure */
  deleteDevice(input: DeleteDeviceInput, options?: BeginOptions): Promise<Started<'deleteDevice'>>;
  /** Starts the deletion of a device's key vault likewise. @throws AseError as startProcedure */
  deleteKeyVault(input: DeleteKeyVaultInput, options?: BeginOptions): Promise<Started<'deleteKeyVault'>>;
  /** Says what is to become of the vault that a deletion asks about. @throws AseError ConsentRefused · InvalidInput · NotFound */
  consent(request: ConsentRequest): Promise<ConsentSent>;
  /** Starts any procedure on a device that is free, and does not wait. @throws AseError as start */
  startProcedure<N extends ProcedureName>(request: ProcedureRequest<N>, options?: BeginOptions): Promise<Started<N>>;
  /**
   * Waits for the end of an operation. What a start answered says which, and so of which shape the result is; without a
   * procedure it has the shape of any of them.
   * @throws AseError OperationFailed · NotFound, also where it is a run of another procedure · InvalidInput; Blocked,
   * ConsentAwaited, NoWorker, TaskFails or StillRunning at the deadline
   */
  result<N extends ProcedureName = ProcedureName>(
    of: OfProcedure<N>,
    options?: ResultOptions,
  ): Promise<ProcedureResult<N>>;
  /** Where the running or last operation stands; says less when no worker runs. @throws AseError InvalidInput · NotFound */
  status(of: OfRun): Promise<DeviceStatus>;
  /** Decides about the blocked step. @throws AseError NotBlocked · DecisionRefused · InvalidInput · NotFound */
  decide(request: DecisionRequest): Promise<DecisionSent>;
  /** The operations that wait for a person, the longest running first; of very many the first hundreds. @throws AseError InvalidInput */
  blocked(filter?: BlockedFilter): Promise<BlockedOperation[]>;
  /** The same, and how many are blocked at which step and why, all counted. @throws AseError InvalidInput */
  surveyBlocked(filter?: BlockedFilter): Promise<BlockedSurvey>;
  /** All of them as Temporal's list has them, which takes no worker: those that `decideMany` may be about. @throws AseError InvalidInput */
  findBlocked(filter?: BlockedFilter): Promise<FoundBlocked[]>;
  /**
   * Decides about many, each as far as it is still blocked as it was found, at a pace that Azure bears. Answers with what
   * became of each; after an interruption, of those that were begun.
   * @throws AseError InvalidInput
   */
  decideMany(request: ManyRequest, options?: ManyOptions): Promise<DecisionOutcome[]>;
  /** Lets go of the connection, unless it is the caller's own. */
  close(): Promise<void>;
};

/**
 * Connects with the environment's settings, or with a client or a connection of the caller, which stays open.
 * @throws ConfigError for a wrong value in the environment · AseError TemporalUnreachable or TemporalRefused
 */
export const connect = async (options: ConnectOptions = {}): Promise<Ase> => {
  const temporal = await openTemporal(options);
  const told = <T>(call: () => Promise<T>): Promise<T> =>
    answering(call, (error) => explainTemporal(temporal.config, error));
  return {
    generateActivationKey: (input, options = {}) => told(() => awaitActivationKey(temporal, input, options)),
    regenerateActivationKey: (input, options = {}) => told(() => awaitRegeneratedKey(temporal, input, options)),
    inspect: (input, options = {}) => told(() => inspect(temporal, input, options)),
    preview: (input, options = {}) => told(() => preview(temporal, input, options)),
    repair: (input, options = {}) =>
      told(async () => {
        const device = acceptInput('repairDevice', input);
        acceptDeadline(options, 0);
        const started = await startProcedure(temporal, { procedure: 'repairDevice', input }, options);
        return awaitResult(temporal, device, started, options);
      }),
    start: (input, options = {}) => told(() => startActivation(temporal, input, options)),
    deleteDevice: (input, options = {}) =>
      told(() => startProcedure(temporal, { procedure: 'deleteDevice', input }, options)),
    deleteKeyVault: (input, options = {}) =>
      told(() => startProcedure(temporal, { procedure: 'deleteKeyVault', input }, options)),
    startProcedure: (request, options = {}) => told(() => startProcedure(temporal, request, options)),
    consent: (request) => told(() => sendConsent(temporal, acceptRun(request), request)),
    result: (of, options = {}) => told(() => awaitResult(temporal, acceptRun(of), of, options)),
    status: (of) => told(() => readStatus(temporal, acceptRun(of), of.runId)),
    decide: (request) => told(() => sendDecision(temporal, acceptRun(request), request)),
    blocked: (filter = {}) => told(async () => (await surveyBlocked(temporal, filter)).operations),
    surveyBlocked: (filter = {}) => told(() => surveyBlocked(temporal, filter)),
    findBlocked: (filter = {}) => told(() => findBlocked(temporal, filter)),
    decideMany: (request, options = {}) => told(() => decideMany(temporal, request, options)),
    close: () => temporal.close(),
  };
};
