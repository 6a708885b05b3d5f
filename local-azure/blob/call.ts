import type { Exchange } from '../arm/provider.ts';
import type { StorageAccount } from '../storage-accounts/state.ts';

/** What the path of a request names; both empty for the account itself. */
export type Place = { container: string; blob: string };

/** A request to the blobs of an account. */
export type BlobCall = Exchange & Place & { account: StorageAccount; requestId: string };

/** Nothing for a path that is not well encoded. A single name without `restype` is a blob of the root container. */
export const placeOf = ({ pathname, searchParams }: URL): Place | undefined => {
  const [container = '', ...rest] = pathname.slice(1).split('/');
  const isBlobOfRoot = container !== '' && rest.length === 0 && searchParams.get('restype') === null;
  try {
    return isBlobOfRoot
      ? { container: '$root', blob: decodeURIComponent(container) }
      : { container: decodeURIComponent(container), blob: decodeURIComponent(rest.join('/')) };
  } catch {
    return undefined;
  }
};
