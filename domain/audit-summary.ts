/** The audit log of a vault in a few lines: who did what how often, and how it ended. */
import { workerPermissions } from './access.ts';
import type { AuditRecord, ParsedRecord } from './audit-log.ts';
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

export type AuditTally = {
  /** Counts it if it is of the period, in whatever order records come. */
  add: (record: ParsedRecord) => void;
  /** @param names of callers, by object id in lower case */
  summarise: (names: ReadonlyMap<string, string>) => AuditSummary;
};

/** Calls of one kind so far. Times are milliseconds since 1970. */
type Group = { earliest: AuditRecord; calls: number; first: number; last: number };

/** Holds one entry for each kind of call, however many calls there were. */
export const tallyAuditLog = ({ since, until }: AuditPeriod): AuditTally => {
  const groups = new Map<string, Group>();
  let failed = 0;
  let unreadable = 0;
  return {
    add: (record) => {
      if (!record) {
        unreadable += 1;
        return;
      }
      const { time, operation, caller, result, succeeded } = record;
      if (time < since || time > until) return;
      if (!succeeded) failed += 1;
      const key = JSON.stringify([operation, caller, result]);
      groups.set(key, withRecord(groups.get(key), record));
    },
    summarise: (names) => {
      const all = [...groups.values()];
      const byTime = all.toSorted((a, b) => a.first - b.first);
      return {
        since: iso(since),
        until: iso(until),
        calls: all.reduce((sum, { calls }) => sum + calls, 0),
        failed,
        unreadable,
        ...(byTime[0]
          ? { first: iso(byTime[0].first), last: iso(all.reduce((latest, { last }) => Math.max(latest, last), 0)) }
          : {}),
        byCall: byTime.map((group) => countOf(group, names)).sort((a, b) => b.calls - a.calls),
      };
    },
  };
};

const withRecord = (group: Group | undefined, record: AuditRecord): Group => {
  const { time } = record;
  if (!group) return { earliest: record, calls: 1, first: time, last: time };
  return {
    earliest: time < group.first ? record : group.earliest,
    calls: group.calls + 1,
    first: Math.min(group.first, time),
    last: Math.max(group.last, time),
  };
};

const iso = (time: number): string => new Date(time).toISOString();

const countOf = ({ earliest, calls, first, last }: Group, names: ReadonlyMap<string, string>): CallCount => {
  const { operation, caller, callerName, result } = earliest;
  return {
    operation,
    caller: names.get(caller?.toLowerCase() ?? '') ?? callerName ?? caller ?? 'nobody (no valid token)',
    result,
    calls,
    first: iso(first),
    last: iso(last),
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
