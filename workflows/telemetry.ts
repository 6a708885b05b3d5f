/** What the people who watch the workers are told of a procedure: counts and log lines. Silent while a history is replayed. */
import { log, metricMeter } from '@temporalio/workflow';
import { metrics } from '../domain/metrics.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import type { Block, DecisionRecord, StepRecord } from './messages.ts';
import type { StepName } from './steps.ts';
import type { StepFailure } from './failure.ts';

type CounterName = 'stepsStarted' | 'stepsEnded' | 'blocks';
type HistogramName = 'stepDuration' | 'keyLifetime';

const count = (metric: CounterName, labels: Record<string, string>): void => {
  const { name, says } = metrics[metric];
  metricMeter.createCounter(name, undefined, says).add(1, labels);
};

const observe = (metric: HistogramName, milliseconds: number, labels: Record<string, string> = {}): void => {
  const { name, says } = metrics[metric];
  metricMeter.createHistogram(name, 'float', 's', says).record(Math.max(0, milliseconds) / 1000, labels);
};

/** The failure for which a step is not done, and how often its activity was tried. */
export type WhyEnded = Pick<StepFailure, 'type' | 'attempts'>;

export const tellBegun = (step: StepName): void => count('stepsStarted', { step });

/** The line of a step that was done is written where its attempts are known, by the worker that ran the last one. */
export const tellEnded = ({ step, state, startedAt }: StepRecord, why?: WhyEnded): void => {
  count('stepsEnded', { step, outcome: state, failure: why?.type ?? 'none' });
  if (state === 'done') return;
  const facts = {
    step,
    outcome: state,
    failure: why?.type,
    attempts: why?.attempts,
    durationMs: Date.now() - Date.parse(startedAt),
  };
  if (state === 'failed') log.warn('step failed', facts);
  else log.info(`step ${state}`, facts);
};

/** One activity of a step came to its end. */
export const tellTaken = (step: StepName, outcome: 'done' | 'failed', startedAt: number): void =>
  observe('stepDuration', Date.now() - startedAt, { step, outcome });

/** What Azure said stays in the history: it may name what has no place in a log. */
const factsOf = ({ step, failure, block, who, remedy, heals }: Block, attempts: number | undefined) => {
  return { step, failure, attempts, block, who, remedy, heals };
};

export const tellBlocked = (block: Block, attempts?: number): void => {
  const { step, failure } = block;
  count('blocks', { step, failure });
  log.warn('step blocked', factsOf(block, attempts));
};

/** It was counted as blocked when it blocked. */
export const tellCause = (block: Block, attempts?: number): void =>
  log.warn('step blocked by another cause', factsOf(block, attempts));

/** A reason is free text of a person, and stays in the history too. */
export const tellDecision = ({ step, decision, by, applied, ignoredBecause }: DecisionRecord, block?: number): void =>
  log.info('decision', { step, decision, block, by, applied, ignoredBecause });

export const tellKey = ({ expiresOn }: ActivationKeyRef): void =>
  observe('keyLifetime', Date.parse(expiresOn) - Date.now());
