/** Times are unix seconds, as the data plane gives them. */
export type SecretAttributes = {
  enabled: boolean;
  nbf?: number;
  exp?: number;
  created: number;
  updated: number;
};

export type SecretVersion = {
  /** 32 hexadecimal digits. */
  version: string;
  value: string;
  contentType?: string;
  tags?: Record<string, string>;
  attributes: SecretAttributes;
};

/** A secret with all its versions, oldest first. Times are milliseconds. */
export type Secret = {
  name: string;
  versions: SecretVersion[];
  /** Soft-deleted: seen among the deleted from `visibleFrom` on, gone at `purgeAt`. */
  deletion?: { at: number; visibleFrom: number; purgeAt: number };
  /** Recovered: can be read again from here on. */
  readableFrom?: number;
};
