/** The audit log of a key vault: where Azure Monitor puts it, and what its records say. */
import { workerPermissions } from './access.ts';
import { shown } from './device.ts';
import { Refusal } from './failures.ts';

/** The container that Azure Monitor makes in the storage account (Azure docs). */
export const auditContainer = 'insights-logs-auditevent';

export const hour = 60 * 60_000;

/** The beginning of each hour (UTC) that has a part in a time, newest first. All in milliseconds since 1970. */
export const hoursOf = (from: number, to: number): number[] => {
  const first = Math.floor(from / hour);
  return Array.from({ length: Math.floor(to / hour) - first + 1 }, (_, index) => (first + index) * hour).reverse();
};

/** The one blob of a vault and an hour; the id of the vault is in upper case (Azure docs). */
export const auditBlobName = (keyVaultId: string, at: number): string => {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `resourceId=${keyVaultId.toUpperCase()}/y=${year}/m=${month}/d=${day}/h=${time.slice(0, 2)}/m=00/PT1H.json`;
};

/** One call to the vault. */
export type AuditRecord = {
  /** Milliseconds since 1970. */
  time: number;
  /** `SecretGet`, `VaultPatch`, … */
  operation: string;
  succeeded: boolean;
  /** `OK`, `Forbidden`, … */
  result: string;
  /** Object id of the caller; nothing for a call without a valid token. */
  caller?: string;
  /** A person's sign-in name, where there is one. */
  callerName?: string;
  requestUri: string;
};

/** The content of a line of the log; undefined if it is not a record. */
export type ParsedRecord = AuditRecord | undefined;

/** A line of JSON is a record; up to November 2018, and in some documents still, an object with all records (Azure docs). */
export const parseAuditLine = (line: string): ParsedRecord[] =>
  line.trim() === '' ? [] : parseLine(line).map(recordOf);

type Json = Record<string, unknown>;

const parseLine = (line: string): unknown[] => {
  try {
    const value: unknown = JSON.parse(line);
    const { records } = objectOf(value);
    return Array.isArray(records) ? records : [value];
  } catch {
    return [undefined];
  }
};

const objectOf = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

/** Without characters that nobody sees: the text is shown on terminals. */
const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.replace(/\p{C}/gu, '') : undefined;

const claims = {
  objectId: ['http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'],
  name: ['http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn', 'upn'],
};

const recordOf = (value: unknown): AuditRecord | undefined => {
  const record = objectOf(value);
  const [time, operation] = [Date.parse(textOf(record['time']) ?? ''), textOf(record['operationName'])];
  if (Number.isNaN(time) || operation === undefined) return undefined;
  const claim = objectOf(objectOf(record['identity'])['claim']);
  const claimed = (names: readonly string[]) => names.map((name) => textOf(claim[name])).find(Boolean);
  const [caller, callerName] = [claimed(claims.objectId), claimed(claims.name)];
  const type = textOf(record['resultType']) ?? '';
  return {
    time,
    operation,
    succeeded: type.toLowerCase() === 'success',
    result: textOf(record['resultSignature']) ?? type,
    requestUri: textOf(objectOf(record['properties'])['requestUri']) ?? '',
    ...(caller === undefined ? {} : { caller }),
    ...(callerName === undefined ? {} : { callerName }),
  };
};

/** A reading of one version of a secret. */
export type SecretAccess = {
  /** Object id. */
  caller: string;
  secret: { name: string; version: string };
  /** ISO time by the vault's clock: earlier readings are others. */
  since: string;
};

/** Returns whether a record describes this access. Each record carries the version in its URI (Azure docs). */
export const tellsOf = ({ caller, secret, since }: SecretAccess, record: AuditRecord): boolean =>
  record.succeeded &&
  record.operation === 'SecretGet' &&
  record.time >= Date.parse(since) &&
  record.caller?.toLowerCase() === caller.toLowerCase() &&
  record.requestUri.toLowerCase().includes(`/secrets/${secret.name}/${secret.version}`.toLowerCase());

// The audit log of a vault in a few lines: who did what how often, and how it ended.

export type AuditSummary = {
  /** ISO times, UTC, of what was asked for. */
  since: string;
  until: string;
  calls: number;
  /** Without success: refused or not found. A client's first call, which has no token yet, is none of them. */
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
      if (!succeeded && !isChallenge(record)) failed += 1;
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

/** A client first asks without a token, to learn from the answer which tokens the vault accepts (Azure docs, authentication). */
const isChallenge = ({ caller, result }: Pick<AuditRecord, 'caller' | 'result'>): boolean =>
  caller === undefined && result === 'Unauthorized';

const nobody = (record: AuditRecord): string =>
  isChallenge(record) ? 'nobody (clients ask first, without a token)' : 'nobody (no valid token)';

const countOf = ({ earliest, calls, first, last }: Group, names: ReadonlyMap<string, string>): CallCount => {
  const { operation, caller, callerName, result } = earliest;
  return {
    operation,
    caller: names.get(caller?.toLowerCase() ?? '') ?? callerName ?? caller ?? nobody(earliest),
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
