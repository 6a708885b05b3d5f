import type { MetricMeter } from '@temporalio/common';
import type { OnCall } from '../azure/calls.ts';
import { metrics } from '../domain/metrics.ts';

/** Counts requests to Azure, wherever in the worker they come from. */
export const countCalls = (meter: MetricMeter): OnCall => {
  const { name, says } = metrics.azureCalls;
  const calls = meter.createCounter(name, undefined, says);
  return ({ service, method, status }) => calls.add(1, { service, method, status: String(status ?? 'none') });
};
