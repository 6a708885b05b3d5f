/** Which versions of Temporal's parts are at work, and which of them had better not be. */
import { createRequire } from 'node:module';

/** Of Temporal's SDK in this program. */
export const sdkVersion = (createRequire(import.meta.url)('@temporalio/client/package.json') as { version: string })
  .version;

/**
 * First patch of each line of the server, 1.27 to 1.30, without the holes that let one namespace reach into another
 * (CVE-2025-14986, CVE-2025-14987, CVE-2026-5199; golang/vulndb 4272, 4273, 5766). Later lines never had them.
 */
const soundSince: Record<number, number> = { 27: 4, 28: 2, 29: 5, 30: 3 };
const firstLine = 27;

/** A version that cannot be read, as of Temporal Cloud, is not judged. */
export const hasKnownHoles = (serverVersion: string): boolean => {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(serverVersion)?.map(Number) ?? [];
  if (major !== 1 || minor === undefined || patch === undefined) return false;
  return minor < firstLine || patch < (soundSince[minor] ?? 0);
};

/** Returns the SDK of a worker, from the build id that it reports. */
export const sdkOfBuild = (build: string): string | undefined => /^@temporalio\/worker@([^+]+)\+/.exec(build)?.[1];
