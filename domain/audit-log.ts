/** The audit log of a key vault: where Azure Monitor puts it, and what its records say. */

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
