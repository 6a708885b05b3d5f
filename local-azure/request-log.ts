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
