import type { MetricsExporterConfig } from '@temporalio/worker';
import { metrics, type Metric } from '../domain/metrics.ts';

/** Temporal's own metrics under their documented names, and ours beside them with buckets that fit hours and days. */
export const prometheusAt = (bindAddress: string): MetricsExporterConfig => ({
  prometheus: {
    bindAddress,
    histogramBucketOverrides: Object.fromEntries(
      Object.values(metrics).flatMap(({ name, buckets }: Metric) => (buckets ? [[name, [...buckets]]] : [])),
    ),
  },
});
