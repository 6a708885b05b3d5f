/** Small workflows, each with one thing in it that a driver has to get right. They return what they saw, as text. */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  patched,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  uuid4,
  workflowInfo,
  type ActivityOptions,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, type Duration } from '@temporalio/common';
import type { ToyActivities } from './activities.ts';

const phaseQuery = defineQuery<string>('phase');
const addSignal = defineSignal<[string]>('add');
const doneSignal = defineSignal('done');
const addUpdate = defineUpdate<string[], [string]>('add');
const parkUpdate = defineUpdate<string>('park');
export const deviceKey = defineSearchAttributeKey('ToyDevice', 'KEYWORD');
export const expiryKey = defineSearchAttributeKey('ToyExpiry', 'DATETIME');

type Call = {
  [Name in keyof ToyActivities]: { activity: Name; args: Parameters<ToyActivities[Name]> };
}[keyof ToyActivities];

const call = ({ activity, args }: Call, options: ActivityOptions): Promise<unknown> => {
  const activities = proxyActivities<ToyActivities>({ startToCloseTimeout: '10s', ...options });
  return (activities[activity] as (...args: unknown[]) => Promise<unknown>)(...args);
};

/** An error with its causes, retry states and timeout types: all that a workflow can tell one failure from another by. */
function describe(error: unknown): string {
  const links: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { name, message } = at;
    const { type, retryState, timeoutType } = at as { type?: string; retryState?: string; timeoutType?: string };
    links.push(`${name}(${[type, retryState, timeoutType, message].filter(Boolean).join(', ')})`);
  }
  return links.join(' < ');
}

/** One activity under the given options. */
export async function one(todo: Call, options: ActivityOptions = {}): Promise<string> {
  setHandler(phaseQuery, () => 'calling');
  try {
    return `got ${JSON.stringify(await call(todo, options))}`;
  } catch (error) {
    return describe(error);
  }
}

/** One activity whose failure is the workflow's. */
export async function unguarded(todo: Call, options: ActivityOptions = {}): Promise<unknown> {
  setHandler(phaseQuery, () => 'calling');
  return call(todo, options);
}

/** An activity beside the wait for a signal, which cancels it; goes on for a moment after that. */
export async function probe(todo: Call, options: ActivityOptions = {}): Promise<string> {
  let phase = 'calling';
  let done = false;
  setHandler(phaseQuery, () => phase);
  setHandler(doneSignal, () => {
    done = true;
  });
  const scope = new CancellationScope();
  const probing = scope.run(() => call(todo, options)).then((value) => `got ${JSON.stringify(value)}`, describe);
  await Promise.race([probing, condition(() => done)]);
  scope.cancel();
  const seen = await probing;
  phase = 'after';
  await sleep('7s');
  return `${done ? 'told' : 'not told'}: ${seen}`;
}

export async function cancelledBeforeSent(): Promise<string> {
  const scope = new CancellationScope();
  const calling = scope.run(() => call({ activity: 'succeed', args: [1] }, {})).then(() => 'called', describe);
  const waiting = scope.run(() => sleep('1m')).then(() => 'slept', describe);
  scope.cancel();
  return `${await calling} | ${await waiting}`;
}

export async function timers(): Promise<string> {
  const seen: string[] = [];
  const scope = new CancellationScope();
  const long = scope.run(() => sleep('1h')).then(() => 'slept long', describe);
  await sleep('1s', { summary: 'a short wait' });
  seen.push('slept');
  scope.cancel();
  seen.push(await long);
  return seen.join();
}

/** Whether the signal came before the timeout. */
export async function awaitSignal(timeoutMs: number): Promise<string> {
  let done = false;
  setHandler(phaseQuery, () => 'waiting');
  setHandler(doneSignal, () => {
    done = true;
  });
  return (await condition(() => done, timeoutMs, { summary: 'waiting for the signal' })) ? 'in time' : 'too late';
}

/** Collects messages until it has seen as many as asked for, in the order in which they were handled. */
export async function collect(count: number): Promise<string> {
  const seen: string[] = [];
  setHandler(phaseQuery, () => seen.join());
  setHandler(addSignal, (item) => {
    seen.push(`signal ${item}`);
  });
  setHandler(
    addUpdate,
    async (item) => {
      if (item.startsWith('slow')) await sleep('1s');
      if (item.endsWith('bad')) throw ApplicationFailure.nonRetryable('the handler fails', 'BadItem');
      seen.push(`update ${item}`);
      return [...seen];
    },
    {
      validator(item) {
        if (item === 'refused') throw ApplicationFailure.nonRetryable('not that one', 'Refused');
      },
    },
  );
  setHandler(parkUpdate, async () => {
    await condition(() => false);
    return 'never';
  });
  await condition(() => seen.length >= count);
  return seen.join();
}

export async function attributes(): Promise<string> {
  const device = (): string => workflowInfo().typedSearchAttributes.get(deviceKey) ?? 'none';
  const before = device();
  upsertSearchAttributes([
    { key: deviceKey, value: 'edge-1' },
    { key: expiryKey, value: new Date(Date.UTC(2030, 0, 1)) },
  ]);
  const between = device();
  await sleep('1s');
  upsertSearchAttributes([{ key: deviceKey, value: null }]);
  return `${before} ${between} ${device()}`;
}

/** Cleans up, when cancelled, with an activity of its own. */
export async function cleanUp(pause: Duration = 0): Promise<string> {
  let phase = 'waiting';
  setHandler(phaseQuery, () => phase);
  try {
    await sleep('1h');
    return 'slept';
  } catch (error) {
    if (!isCancellation(error)) throw error;
    phase = 'cleaning';
    await CancellationScope.nonCancellable(async () => {
      if (pause) await sleep(pause);
      await call({ activity: 'succeed', args: ['clean'] }, {});
    });
    throw error;
  }
}

export async function again(left: number): Promise<string> {
  const { runId, firstExecutionRunId } = workflowInfo();
  if (left > 0) return continueAsNew<typeof again>(left - 1);
  return runId === firstExecutionRunId ? 'the first run' : 'a later run';
}

export async function parent(child: string, args: unknown[]): Promise<string> {
  try {
    return `child: ${String(await executeChild(child, { args, workflowId: `${workflowInfo().workflowId}/child` }))}`;
  } catch (error) {
    return describe(error);
  }
}

export async function patchy(): Promise<string> {
  const first = patched('a-change');
  await sleep('1s');
  return `${first} ${patched('a-change')}`;
}

export async function introspective(): Promise<Record<string, unknown>> {
  const { workflowId, workflowType, runId, firstExecutionRunId, originalExecutionRunId, startTime } = workflowInfo();
  const activity = await call({ activity: 'whoAmI', args: [] }, { activityId: 'who' });
  return {
    workflowId,
    workflowType,
    runId,
    firstExecutionRunId,
    originalExecutionRunId,
    startTime,
    activity,
    id: uuid4(),
  };
}

/** Leaves a secret in every place that a history has. */
export async function leaky(secret: string): Promise<string> {
  log.info('leaking', { secret });
  setCurrentDetails(`details ${secret}`);
  await call({ activity: 'leak', args: [secret] }, { summary: `summary ${secret}` });
  return secret;
}

export async function brokenCode(): Promise<void> {
  await sleep('1s');
  throw new TypeError('not a Temporal failure');
}

/** Forbidden in a workflow: takes another way when it is replayed. */
export async function nondeterministic(): Promise<void> {
  await sleep(workflowInfo().unsafe.isReplaying ? '1s' : '2s');
}

/** The order in which two activities in parallel end. */
export async function parallel(): Promise<string> {
  const seen: string[] = [];
  const branch = async (name: string): Promise<void> => {
    await call({ activity: 'succeed', args: [name] }, {});
    seen.push(name);
  };
  await Promise.all([branch('left'), branch('right')]);
  return seen.join();
}

let moduleState = 0;
export async function remembers(): Promise<number> {
  return ++moduleState;
}

export async function sameIds(): Promise<void> {
  const succeed = (): Promise<unknown> => call({ activity: 'succeed', args: [1] }, { activityId: 'same' });
  await Promise.all([succeed(), succeed()]);
}

export async function localActivity(): Promise<unknown> {
  const { succeed } = proxyLocalActivities<ToyActivities>({ startToCloseTimeout: '1s' });
  return succeed(1);
}

export async function signalsAnother(): Promise<void> {
  await getExternalWorkflowHandle('another').signal(doneSignal);
}
