import { fold } from '../arm/path.ts';
import type { BlobCall } from './call.ts';
import { listContainers, showContainer } from './containers.ts';
import { getBlob } from './get-blob.ts';
import { listBlobs } from './list-blobs.ts';
import { invalidQuery, unsupportedVerb } from './refusals.ts';
import { onBlobs, onContainers, type Right } from './rights.ts';

export type BlobOperation = { right: Right; run: (call: BlobCall) => Response };

/** By method, by what the path names, and by the query's `restype` and `comp`. Rights documented. */
const operations: Readonly<Record<string, BlobOperation>> = {
  'GET account /list': { right: onContainers('read'), run: listContainers },
  'GET container container/': { right: onContainers('read'), run: showContainer },
  'HEAD container container/': { right: onContainers('read'), run: showContainer },
  'GET container container/list': { right: onBlobs('read'), run: listBlobs },
  'GET blob /': { right: onBlobs('read'), run: getBlob },
  'HEAD blob /': { right: onBlobs('read'), run: getBlob },
};

export const operationOf = (call: BlobCall): BlobOperation => {
  const { request, url } = call;
  const subject = subjectOf(call);
  const query = `${url.searchParams.get('restype') ?? ''}/${url.searchParams.get('comp') ?? ''}`;
  return operations[`${request.method} ${subject} ${fold(query)}`] ?? unserved(request.method, subject);
};

type Subject = 'account' | 'container' | 'blob';

const subjectOf = ({ container, blob }: BlobCall): Subject => {
  if (container === '') return 'account';
  return blob === '' ? 'container' : 'blob';
};

/** Nobody but Azure Monitor writes here: whoever may is told that it does not go, all others that they may not. */
const unserved = (method: string, subject: Subject): BlobOperation => {
  const on = subject === 'blob' ? onBlobs : onContainers;
  if (method === 'GET' || method === 'HEAD') return { right: on('read'), run: refusing(invalidQuery) };
  return { right: on(method === 'DELETE' ? 'delete' : 'write'), run: refusing(unsupportedVerb) };
};

const refusing =
  (refusal: (call: BlobCall) => Error) =>
  (call: BlobCall): never => {
    throw refusal(call);
  };
