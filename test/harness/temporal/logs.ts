import type { Logger, LogLevel, LogMetadata } from '@temporalio/common';

export type LogLine = { level: LogLevel; message: string; meta: unknown };

/** Keeps what a worker's own logger would print at its default level. */
export function createLogs(): { lines: LogLine[]; logger: Logger } {
  const lines: LogLine[] = [];
  const log = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    if (level !== 'TRACE' && level !== 'DEBUG') lines.push({ level, message, meta: { ...meta } });
  };
  const ignore = (): void => undefined;
  const at = (level: LogLevel) => (message: string, meta?: LogMetadata) => {
    log(level, message, meta);
  };
  return {
    lines,
    logger: { log, trace: ignore, debug: ignore, info: at('INFO'), warn: at('WARN'), error: at('ERROR') },
  };
}
