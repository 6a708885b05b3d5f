import type { Context } from '@temporalio/activity';
import { ApplicationFailure, type MetricMeter } from '@temporalio/common';
import type { ActivityInterceptorsFactory, MetricsExporterConfig } from '@temporalio/worker';
import type { OnTurn } from '../azure/budgets/admission.ts';
import type { OnCall } from '../azure/calls.ts';
import { type Metric, metrics } from '../domain/metrics.ts';

/** Temporal's own metrics under their documented names, and ours beside them with buckets that fit hours and days. */
export const prometheusAt = (bindAddress: string): MetricsExporterConfig => ({
  prometheus: {
    bindAddress,
    histogramBucketOverrides: Object.fromEntries(
      Object.values(metrics).flatMap(({ name, buckets }: Metric) => (buckets ? [[name, [...buckets]]] : [])),
    ),
  },
});

// Tells of attempts at the one place where every activity of the worker begins and ends.

/**
 * Writes the log line of a step after its successful attempt, and counts failed attempts, since Temporal retries them
 * or the step blocks.
 */
export const tellAttempts = (meter: MetricMeter): ActivityInterceptorsFactory => {
  const { name, says } = metrics.attemptsFailed;
  const failed = meter.createCounter(name, undefined, says);
  return ({ info, log }) => ({
    inbound: {
      execute: async (input, next) => {
        try {
          const result = await next(input);
          log.info('step done', doneBy(info));
          return result;
        } catch (error) {
          if (error instanceof ApplicationFailure) {
            failed.add(1, { step: info.activityType, failure: error.type ?? 'Unexpected' });
          }
          throw error;
        }
      },
    },
  });
};

/** By two clocks: the server's says when the first attempt was due, the worker's when the last one was done. */
const doneBy = ({ activityType, attempt, scheduledTimestampMs }: Context['info']): object => ({
  step: activityType,
  outcome: 'done',
  attempts: attempt,
  durationMs: Math.max(0, Date.now() - scheduledTimestampMs),
});

/** Measures how requests wait under Azure's budgets. */
export const measureTurns = (meter: MetricMeter): OnTurn => {
  const { budgetLevel, turnsAwaited, turnWait, budgetRefusals } = metrics;
  const level = meter.createGauge(budgetLevel.name, 'float', undefined, budgetLevel.says);
  const awaited = meter.createGauge(turnsAwaited.name, 'int', undefined, turnsAwaited.says);
  const wait = meter.createHistogram(turnWait.name, 'float', undefined, turnWait.says);
  const refusals = meter.createCounter(budgetRefusals.name, undefined, budgetRefusals.says);
  return {
    sent: (budget, waitedMs) => wait.record(waitedMs / 1000, { budget }),
    refused: (budget) => refusals.add(1, { budget }),
    stands: (budget, tokens, waiting) => {
      level.set(tokens, { budget });
      awaited.set(waiting, { budget });
    },
  };
};

/** Counts requests to Azure, wherever in the worker they come from. */
export const countCalls = (meter: MetricMeter): OnCall => {
  const { name, says } = metrics.azureCalls;
  const calls = meter.createCounter(name, undefined, says);
  return ({ service, method, status }) => calls.add(1, { service, method, status: String(status ?? 'none') });
};
