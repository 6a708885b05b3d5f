/** A budget of requests: how many may come at once, and how many tokens come back in a second. */
export type BucketSize = { size: number; perSecond: number };

/** What was left of a budget at a moment, milliseconds. */
export type Bucket = { tokens: number; at: number };

/** The bucket as it is now; one that nobody took from is full. */
export const refilled = (bucket: Bucket | undefined, { size, perSecond }: BucketSize, now: number): Bucket => {
  if (!bucket) return { tokens: size, at: now };
  const since = Math.max(0, now - bucket.at);
  return { tokens: Math.min(size, bucket.tokens + (since * perSecond) / 1000), at: now };
};

/** How long, in milliseconds, until there is a whole token. */
export const untilToken = ({ tokens }: Bucket, { perSecond }: BucketSize): number =>
  (Math.max(0, 1 - tokens) * 1000) / perSecond;
