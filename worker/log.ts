import { DefaultLogger, type Logger, type LogMetadata } from '@temporalio/worker';
import { pino, stdSerializers } from 'pino';
import type { LogLevel } from '../config.ts';

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Lines of JSON on standard error; control characters are escaped by the format, and no request of Azure is ever logged. */
export const createLogger = (level: LogLevel): Logger => {
  const out = pino(
    { level, base: null, serializers: { error: stdSerializers.err } },
    pino.destination({ fd: 2, sync: true }),
  );
  return new DefaultLogger(level.toUpperCase() as keyof typeof levels, ({ level: name, message, meta }) => {
    out[levels[name]](plain(meta), message);
  });
};

/** The SDK's meta holds symbols and bigint times, which JSON does not. */
const plain = (meta: LogMetadata = {}): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(meta).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]),
  );
