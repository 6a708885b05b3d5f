import type { RequestWindow } from './request-windows.ts';
import type { Bucket } from './token-bucket.ts';

/** What has been asked for of late, where throttling is on. */
export type ThrottlingState = {
  /** By `principal/subscription/operation`. */
  buckets: Record<string, Bucket>;
  /** By what is limited. */
  windows: Record<string, RequestWindow>;
};

export const nothingAsked = (): ThrottlingState => ({ buckets: {}, windows: {} });
