/** Stands before a Temporal server as Temporal Cloud does for the key of a namespace: the OperatorService is refused. */
import { openGrpcProxy, type GrpcProxy } from './grpc-proxy.ts';

export type CloudNamespace = GrpcProxy & { refused: readonly string[] };

const refusal = { code: 7, message: 'Request unauthorized.' };

/** @param server address of the Temporal server */
export const openCloudNamespace = async (server: string): Promise<CloudNamespace> => {
  const refused: string[] = [];
  const proxy = await openGrpcProxy(server, (path) => {
    if (!path.startsWith('/temporal.api.operatorservice.')) return undefined;
    refused.push(path);
    return refusal;
  });
  return { ...proxy, refused };
};
