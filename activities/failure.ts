/** The one door from any error to a Temporal failure. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { NoTurn } from '../azure/budgets/admission.ts';
import { readAzureError } from '../azure/errors.ts';
import { hiding } from '../azure/secrets-in-hand.ts';
import { readRetryInput } from '../domain/inputs.ts';
import {
  failureEntry,
  NotYet,
  Refusal,
  refusedRetry,
  type FailureEntry,
  type FailureFacts,
  type FailureType,
} from '../domain/failures.ts';
import { callTimeout, clampRetryAfter, probeDelay } from '../domain/pace.ts';
import {
  beginAttempt,
  endAttempt,
  recordForNext,
  secretsInHand,
  settleIfOver,
  situation,
  type Memory,
  type Situation,
} from './call.ts';

type Activity = (input: never) => Promise<unknown>;
type Activities = Record<string, Activity>;

/** The same activities, which also take the situation they are run in. */
type Guarded<T extends Activities> = {
  [N in keyof T]: (input: Parameters<T[N]>[0], situation?: Situation) => ReturnType<T[N]>;
};

/**
 * The only details of a Temporal failure. A workflow uses these and never reads the table of failures: the history
 * records the decisions of a run, whatever the table of a later release contains.
 */
export type FailureDetails = FailureFacts &
  FailureEntry & {
    /** Whether no request of the activity can take effect any more. */
    settled: boolean;
    /** Number of the attempt that failed. */
    attempts: number;
    /** Of a probe: looks at the step since it blocked. */
    looks?: number;
    /** Nothing was tried with the input of the retry. */
    inputRefused?: true;
    /** Nothing is wrong: the turn under Azure's budget comes later. Says nothing of how often, or how long, the step was tried. */
    awaitsTurn?: true;
  };

/** The second of the details where a turn is awaited. */
export type TurnDetails = {
  /** When it is worth coming again, milliseconds. */
  afterMs: number;
  /** What the attempts recorded, for the activity that follows. */
  recorded: Memory;
};

/** Every activity leaves through here, so that no error of a client reaches a history with its request in it. */
export const throughOneDoor = <T extends Activities>(activities: T): Guarded<T> =>
  Object.fromEntries(Object.entries(activities).map(([name, run]) => [name, guarded(run)])) as Guarded<T>;

const guarded =
  (run: Activity) =>
  async (input: never, situation?: Situation): Promise<unknown> => {
    beginAttempt(situation);
    try {
      assertRetryInput();
      assertDue();
      return await run(input);
    } catch (error) {
      throw toFailure(error, settleIfOver(error));
    } finally {
      endAttempt();
    }
  };

/** @throws RetryRefused, before anything is tried with it */
const assertRetryInput = (): void => {
  const { retry } = situation();
  if (!retry) return;
  try {
    readRetryInput(retry.input, retry.accepts);
  } catch (error) {
    throw error instanceof Refusal ? new RetryRefused(error.type, error.message) : error;
  }
};

class RetryRefused extends Refusal {}

/** A probe that goes on from an earlier one begins with the pause between the two. @throws NotDue */
const assertDue = (): void => {
  const { probing } = situation();
  if (probing && probing.looks > 0 && Context.current().info.attempt === 1) throw new NotDue(probing.cause);
};

/** Nothing was looked at, so it says again what was found last. */
class NotDue extends Refusal {
  readonly found: string;

  constructor(found: string) {
    super('NotInEffect', 'the blocked step is probed again later');
    this.found = found;
  }
}

const toFailure = (error: unknown, settled: boolean): Error => {
  if (error instanceof TemporalFailure) return error;
  if (isAbort(error)) {
    return Context.current().cancellationSignal.aborted
      ? new CancelledFailure('the activity was cancelled')
      : failure('AzureUnavailable', `no answer within ${callTimeout / 1000} s`, { settled });
  }
  if (error instanceof NotDue) return notDue(error);
  if (error instanceof RetryRefused) {
    return failure(error.type, error.message, { settled, inputRefused: true }, { verdict: refusedRetry });
  }
  if (error instanceof NoTurn) {
    const verdict = { ...failureEntry('Throttled'), class: 'waiting' } as const;
    const { message, afterMs } = error;
    const turn = { afterMs, recorded: recordForNext() } satisfies TurnDetails;
    return failure('Throttled', message, { settled, awaitsTurn: true }, { afterMs, verdict, turn });
  }
  if (error instanceof Refusal) {
    const afterMs = error instanceof NotYet ? error.afterMs : undefined;
    return failure(error.type, error.message, { ...error.facts, settled }, { afterMs });
  }
  const azure = readAzureError(error);
  if (azure) {
    const code = [azure.code, azure.innerCode].filter(Boolean).join('/');
    const text = `${azure.message} (${[azure.status, code].filter(Boolean).join(' ')})`;
    return failure(azure.type, text, { ...azure.facts, settled }, { afterMs: azure.retryAfterMs });
  }
  return failure('Unexpected', describe(error), { settled });
};

type Facts = FailureFacts & Pick<FailureDetails, 'settled' | 'inputRefused' | 'awaitsTurn'>;
type Terms = { afterMs?: number | undefined; verdict?: FailureEntry; turn?: TurnDetails };

const failure = (
  type: FailureType,
  message: string,
  facts: Facts,
  { afterMs, verdict = failureEntry(type), turn }: Terms = {},
): ApplicationFailure => {
  const { attempt } = Context.current().info;
  const looks = looksMade();
  const wished = afterMs === undefined ? undefined : clampRetryAfter(afterMs);
  const delay = looks === undefined ? wished : Math.max(wished ?? 0, paceOf(looks, verdict));
  const details = { ...facts, ...verdict, attempts: attempt, ...(looks === undefined ? {} : { looks }) };
  const said = fitToSay({ message, details: details satisfies FailureDetails });
  return ApplicationFailure.create({
    type,
    message: said.message,
    details: [said.details, ...(turn ? [turn] : [])],
    nonRetryable: endsActivity(type, verdict),
    ...(delay === undefined ? {} : { nextRetryDelay: delay }),
    ...(verdict.class === 'waiting' ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
};

/** Without any part of a secret, whatever Azure quoted. */
const fitToSay = <T>(said: T): T => {
  const secrets = secretsInHand();
  return secrets.size === 0 ? said : (mapTexts(said, hiding(secrets)) as T);
};

const mapTexts = (said: unknown, change: (text: string) => string): unknown => {
  if (typeof said === 'string') return change(said);
  if (Array.isArray(said)) return said.map((one) => mapTexts(one, change));
  if (typeof said !== 'object' || said === null) return said;
  return Object.fromEntries(Object.entries(said).map(([name, one]) => [name, mapTexts(one, change)]));
};

/** That Azure was busy or away says nothing of the cause: another look comes soon. */
const paceOf = (looks: number, { class: kind }: FailureEntry): number => {
  const pace = probeDelay(looks, { urgent: isUrgent() });
  return kind === 'transient' ? clampRetryAfter(pace) : pace;
};

/** Nobody can give up a step that never ends but by being done: it puts back what protects something. */
const isUrgent = (): boolean => situation().probing?.unending === true;

/** While its step is blocked an activity is slower than it would be by itself: the cause may stay for days. */
const looksMade = (): number | undefined => {
  const { probing } = situation();
  if (!probing) return undefined;
  const { attempt } = Context.current().info;
  return probing.looks === 0 ? attempt : probing.looks + attempt - 1;
};

/**
 * What the workflow must hear of at once. It is said here, by the worker that met the failure, so that no policy lists types:
 * what only a person can mend blocks its step even if it may heal, and a probe waits for one cause or for all of them. Where
 * nobody can give the step up, it waits for those that do not heal as well.
 */
const endsActivity = (type: FailureType, { class: kind, heals }: FailureEntry): boolean =>
  (kind === 'blocked' || kind === 'fatal') && !isWaitedFor(type, heals);

const isWaitedFor = (type: FailureType, heals: boolean): boolean => {
  const { probing } = situation();
  if (!probing || !(heals || probing.unending)) return false;
  return type === probing.cause || probing.anyCause === true;
};

const notDue = ({ found, message }: NotDue): ApplicationFailure =>
  ApplicationFailure.create({
    type: found,
    message,
    nextRetryDelay: probeDelay(looksMade() ?? 1, { urgent: isUrgent() }),
    category: ApplicationFailureCategory.BENIGN,
  });

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  // The message of a SyntaxError quotes what could not be parsed, which may be a secret.
  if (error instanceof SyntaxError) return error.name;
  return `${error.name}: ${error.message}`.slice(0, 300);
};

export const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
