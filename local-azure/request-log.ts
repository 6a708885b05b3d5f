/** One request to the local Azure, as plain data. It never holds a token, a body or a query other than the version. */
export type RequestEntry = {
  /** The clock at its arrival, milliseconds. */
  at: number;
  method: string;
  host: string;
  path: string;
  /** What it asks for by Azure's own name, e.g. `Microsoft.KeyVault/vaults/write` or `secrets/set`; absent if unknown. */
  action?: string;
  /** A call to a vault by its name in the audit log, also when nobody is signed in: it is audited all the same. */
  operation?: string;
  /** The caller's name, as soon as its token has been accepted. */
  principal?: string;
  /** The answer's status, also of an answer that a fault lost; absent when it was not executed. */
  status?: number;
  /** It changed the state. Reads by POST (`checkNameAvailability`, `listKeys`, ...) and refused writes are not writes. */
  write: boolean;
  /** The fault that hit it. */
  fault?: string;
};

export const entryOf = (request: Request, url: URL, now: number): RequestEntry => ({
  at: now,
  method: request.method,
  host: url.hostname,
  path: url.pathname,
  write: false,
});

/** More than a rehearsal makes; a local Azure that runs for weeks forgets the oldest. */
const most = 50_000;

/** How many are forgotten at once: one by one would be slow. */
const batch = 1_000;

export type RequestLog = ReturnType<typeof createRequestLog>;

export const createRequestLog = () => {
  const entries: RequestEntry[] = [];
  let forgotten = 0;
  return {
    /** Oldest first. */
    entries: entries as readonly RequestEntry[],
    add: (entry: RequestEntry): void => {
      entries.push(entry);
      if (entries.length < most + batch) return;
      entries.splice(0, batch);
      forgotten += batch;
    },
    /** Without so many of the oldest since the log was begun, forgotten ones included. */
    since: (count: number): RequestEntry[] => entries.slice(Math.max(0, count - forgotten)),
    clear: (): void => {
      entries.length = 0;
      forgotten = 0;
    },
  };
};
