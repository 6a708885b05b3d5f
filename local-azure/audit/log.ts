import { own } from '../json.ts';
import type { State } from '../state.ts';
import { recordLine, type AuditedCall } from './record.ts';
import type { AuditLog } from './state.ts';

/** A call as it is kept, with the moment from which its record can be read. */
type KeptCall = AuditedCall & { visibleFrom: number };

/** An audit blob as it can be read at a moment. Times are milliseconds. */
export type AuditBlob = { path: string; content: Buffer; records: number; createdAt: number; changedAt: number };

/** The container that Azure Monitor makes with the first record (documented). */
export const auditContainer = 'insights-logs-auditevent';

/** More than a rehearsal makes; a local Azure that runs for weeks forgets its oldest hours, as a lifecycle rule would. */
const recordsPerAccount = 50_000;

/** What an append blob holds (documented); what Azure Monitor does with more in an hour is not known: here it is lost. */
const blocksPerBlob = 50_000;

export const appendRecord = (state: State, accountName: string, call: AuditedCall, visibleFrom: number): void => {
  const log = own(state.auditLogs, accountName) ?? {};
  state.auditLogs[accountName] = log;
  const path = blobPath(call);
  const records = (log[path] ??= []);
  if (records.length >= blocksPerBlob) return;
  const kept: KeptCall = { ...call, visibleFrom };
  records.push(JSON.stringify(kept));
  forgetOldest(log, path);
};

const forgetOldest = (log: AuditLog, current: string): void => {
  let total = Object.values(log).reduce((sum, records) => sum + records.length, 0);
  for (const [path, records] of Object.entries(log)) {
    if (total <= recordsPerAccount) return;
    if (path === current) continue;
    total -= records.length;
    delete log[path];
  }
};

/** One blob for each vault and hour (documented). */
const blobPath = ({ resourceId, at }: AuditedCall): string => {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const [year, month, day] = date.split('-');
  return `resourceId=${resourceId}/y=${year}/m=${month}/d=${day}/h=${time.slice(0, 2)}/m=00/PT1H.json`;
};

/** What of an account's log can be read now, in the order of the paths. */
export const visibleBlobs = (state: State, accountName: string, now: number): AuditBlob[] =>
  Object.keys(logOf(state, accountName))
    .toSorted()
    .flatMap((path) => visibleBlob(state, accountName, path, now) ?? []);

export const visibleBlob = (state: State, accountName: string, path: string, now: number): AuditBlob | undefined => {
  const records = own(logOf(state, accountName), path) ?? [];
  const known = written.get(records);
  if (known?.records === records.length) return known;
  const blob = writeBlob(path, records, now);
  if (blob?.records === records.length) written.set(records, blob);
  return blob;
};

/** A blob is read in parts, and only grows: what all of its records have reached need not be written out for each of them. */
const written = new WeakMap<readonly string[], AuditBlob>();

/** JSON Lines (documented). An append blob only grows at its end, so a record waits for all before it. */
const writeBlob = (path: string, records: readonly string[], now: number): AuditBlob | undefined => {
  const calls = records.map(keptCall);
  const hidden = calls.findIndex(({ visibleFrom }) => visibleFrom > now);
  const visible = hidden < 0 ? calls : calls.slice(0, hidden);
  const [first] = visible;
  if (!first) return undefined;
  return {
    path,
    content: Buffer.from(visible.map((call) => `${recordLine(call)}\n`).join('')),
    records: visible.length,
    createdAt: first.visibleFrom,
    changedAt: visible.reduce((latest, { visibleFrom }) => Math.max(latest, visibleFrom), 0),
  };
};

/** The moment of the first record that can be read, in milliseconds. */
export const logBegan = (state: State, accountName: string, now: number): number | undefined => {
  const firsts = Object.values(logOf(state, accountName)).flatMap(([first]) => (first ? keptCall(first) : []));
  const [earliest] = firsts.map(({ visibleFrom }) => visibleFrom).toSorted((one, other) => one - other);
  return earliest !== undefined && earliest <= now ? earliest : undefined;
};

const logOf = ({ auditLogs }: State, accountName: string): AuditLog => own(auditLogs, accountName) ?? {};

const keptCall = (record: string): KeptCall => JSON.parse(record) as KeptCall;
