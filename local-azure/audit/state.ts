/**
 * The audit blobs of one account, by their paths. A record is the text of an `AuditedCall`: as texts they are copied with
 * the state in no time.
 */
export type AuditLog = Record<string, string[]>;
