/** The audit log of a vault in a few lines: who did what how often, and how it ended. */
import { workerPermissions } from './access.ts';
import type { AuditRecord, AuditRecords } from './audit-log.ts';
import { shown } from './device.ts';
import { Refusal } from './failures.ts';

export type AuditSummary = {
  /** ISO times, UTC, of what was asked for. */
  since: string;
  until: string;
  calls: number;
  /** Without success: refused, not found, or without a token, as a client's first call to a vault is. */
  failed: number;
  /** Lines of the log that are no records. */
  unreadable: number;
  /** Of the calls. */
  first?: string;
  last?: string;
  /** The most frequent first. */
  byCall: CallCount[];
};

/** Calls of one kind, by one caller, with one result. */
export type CallCount = {
  operation: string;
  /** A name where one is known, else the object id. */
  caller: string;
  /** `OK`, or why it failed, in the words of the log. */
  result: string;
  calls: number;
  first: string;
  last: string;
  /** Object id; nothing for calls without a valid token. */
  callerId?: string;
};

export type AuditPeriod = { since: number; until: number };

/** @param names of callers, by object id in lower case */
export const summariseAuditLog = (
  { records, unreadable }: AuditRecords,
  { since, until }: AuditPeriod,
  names: ReadonlyMap<string, string>,
): AuditSummary => {
  const within = records.filter(({ time }) => time >= since && time <= until).sort((a, b) => a.time - b.time);
  const [first, last] = [within[0], within.at(-1)];
  const groups = Map.groupBy(within, ({ operation, caller, result }) => JSON.stringify([operation, caller, result]));
  return {
    since: iso(since),
    until: iso(until),
    calls: within.length,
    failed: within.filter(({ succeeded }) => !succeeded).length,
    unreadable,
    ...(first && last ? { first: iso(first.time), last: iso(last.time) } : {}),
    byCall: [...groups.values()].map((group) => countOf(group, names)).sort((a, b) => b.calls - a.calls),
  };
};

const iso = (time: number): string => new Date(time).toISOString();

/** @param group not empty, all of one kind, oldest first */
const countOf = (group: readonly AuditRecord[], names: ReadonlyMap<string, string>): CallCount => {
  const [first, last] = [group[0]!, group.at(-1)!];
  const { operation, caller, callerName, result } = first;
  return {
    operation,
    caller: names.get(caller?.toLowerCase() ?? '') ?? callerName ?? caller ?? 'nobody (no valid token)',
    result,
    calls: group.length,
    first: iso(first.time),
    last: iso(last.time),
    ...(caller === undefined ? {} : { callerId: caller }),
  };
};

export type KnownCallers = {
  /** The device's name and the object id of its identity. */
  device: { name: string; principalId: string };
  /** Object id of whoever asks. */
  you: string;
  /** What each principal may do with secrets, by the vault's access policies. */
  policies: readonly { objectId: string; secrets: readonly string[] }[];
};

/** Names by object id. The worker is known by its entry, where one principal alone holds exactly what a worker needs. */
export const nameCallers = ({ device, you, policies }: KnownCallers): Map<string, string> => {
  const workers = policies.filter(({ secrets }) => isWorkers(secrets));
  const [worker] = workers;
  return new Map([
    ...(worker && workers.length === 1 ? [[worker.objectId.toLowerCase(), 'the worker'] as const] : []),
    [device.principalId.toLowerCase(), `the device ${device.name}`],
    [you.toLowerCase(), 'you'],
  ]);
};

const isWorkers = (secrets: readonly string[]): boolean =>
  secrets.length === workerPermissions.length &&
  secrets.every((right) => workerPermissions.includes(right.toLowerCase()));

const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A blob for each hour is looked for, so that much is too much. */
const longest = 90 * 86_400_000;

/** `90m`, `24h`, `7d` before now, or an ISO time; milliseconds since 1970. @throws Refusal InvalidInput */
export const parseSince = (text: string, now: number): number => {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const isTime = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const since =
    count === undefined ? (isTime ? Date.parse(text) : Number.NaN) : now - Number(count) * (units[unit] ?? 0);
  if (since <= now && since >= now - longest) return since;
  throw new Refusal(
    'InvalidInput',
    `since must be like 90m, 24h or 7d, or a time like 2026-01-31T08:00:00Z, at most 90 days ago; got ${shown(text)}`,
  );
};
