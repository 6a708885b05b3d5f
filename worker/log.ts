import { DefaultLogger, type Logger, type LogMetadata } from '@temporalio/worker';
import { pino, stdSerializers } from 'pino';
import type { LogLevel } from '../config.ts';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Lines of JSON on standard error, with all control characters escaped; no request of Azure is ever logged. */
export const createLogger = (level: LogLevel): Logger => {
  const out = pino(
    { level, base: null, serializers: { error: stdSerializers.err } },
    escaping(pino.destination({ fd: 2, sync: true })),
  );
  return new DefaultLogger(level.toUpperCase() as keyof typeof levels, ({ level: name, message, meta }) => {
    out[isOfRetries(message, meta) ? 'debug' : levels[name]](plain(meta), message);
  });
};

/** Of every attempt that fails: with Azure away and hundreds of devices these are all there is to read. A metric counts them. */
const isOfRetries = (message: string, meta?: LogMetadata): boolean =>
  message === 'Activity failed' && meta?.['sdkComponent'] === 'worker';

/** The format escapes what ends a line; terminals obey more than that, and some readers end lines elsewhere. */
const escaping = (destination: { write(line: string): unknown }) => ({
  write: (line: string): void => {
    destination.write(line.replace(/[\u007F-\u009F\u2028\u2029\p{Cf}]/gu, inJson));
  },
});

const inJson = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** The SDK's meta holds symbols and bigint times, which JSON does not, and a token with which an attempt could be ended. */
const plain = (meta: LogMetadata = {}): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(meta)
      .filter(([key]) => key !== 'taskToken')
      .map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  ),
  ...deviceIn(meta['workflowId']),
});

/** Every workflow id of ours ends with its device. */
const deviceIn = (workflowId: unknown): { device?: string } =>
  typeof workflowId === 'string' ? { device: workflowId.slice(workflowId.indexOf(':') + 1) } : {};
