import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelinePolicy,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { localhostPolicy } from './pipeline.ts';

/** One Azure cloud: public, government, China or a local one; all of it comes from its ARM endpoint. */
export type Cloud = {
  /** `https://management.azure.com`, without a slash at the end. */
  armEndpoint: string;
  /** What a token for ARM is asked for. */
  armScope: string;
  /** Origin of the token service, `https://login.microsoftonline.com`. */
  authorityHost: string;
  /** `vault.azure.net`, with a port where the cloud has one. */
  keyVaultSuffix: string;
  /** `core.windows.net`, likewise. */
  storageSuffix: string;
};

type Metadata = {
  authentication?: { loginEndpoint?: string; audiences?: string[] };
  suffixes?: { keyVaultDns?: string; storage?: string };
};

const metadataPath = '/metadata/endpoints?api-version=2022-09-01';

/** Reads the cloud's own description of itself, which needs no token. @throws Error when it cannot be read or is incomplete */
export const discoverCloud = async (
  armEndpoint: string,
  httpClient: HttpClient = createDefaultHttpClient(),
): Promise<Cloud> => {
  const origin = new URL(armEndpoint).origin;
  const url = `${origin}${metadataPath}`;
  const { status, bodyAsText } = await askPlainly(url, httpClient);
  if (status !== 200) throw new Error(`${url} answered ${status}`);
  const { authentication, suffixes } = JSON.parse(bodyAsText ?? '{}') as Metadata;
  const [audience] = authentication?.audiences ?? [];
  if (!authentication?.loginEndpoint || !audience || !suffixes?.keyVaultDns || !suffixes.storage) {
    throw new Error(`${url} names no login endpoint, audience, or suffix of Key Vault or Storage`);
  }
  return {
    armEndpoint: origin,
    armScope: `${audience.replace(/\/$/, '')}/.default`,
    authorityHost: new URL(authentication.loginEndpoint).origin,
    keyVaultSuffix: suffixes.keyVaultDns.replace(/^\./, ''),
    storageSuffix: suffixes.storage.replace(/^\./, ''),
  };
};

/** Returns the time in the header of an answer, in milliseconds and a whole second; undefined without that header. */
export const readCloudTime = async (
  armEndpoint: string,
  httpClient: HttpClient = createDefaultHttpClient(),
): Promise<number | undefined> => {
  const { headers } = await askPlainly(`${new URL(armEndpoint).origin}${metadataPath}`, httpClient);
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(time) ? undefined : time;
};

/** Without a token. */
const askPlainly = (url: string, httpClient: HttpClient): Promise<PipelineResponse> => {
  const headers = createHttpHeaders({ accept: 'application/json' });
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(localhostPolicy());
  return pipeline.sendRequest(httpClient, createPipelineRequest({ url, headers, timeout: 10_000 }));
};

/** Returns the error of a token service that was configured in addition to the cloud, or undefined. */
export const authorityMismatch = (
  { armEndpoint, authorityHost }: Cloud,
  configured: string | undefined,
): string | undefined =>
  configured === undefined || configured === authorityHost
    ? undefined
    : `AZURE_AUTHORITY_HOST is ${configured}, but ${armEndpoint} belongs to ${authorityHost}`;

/** Whether a URL belongs to the cloud, so that it may be sent a token. A link inside an answer of Azure may be poisoned. */
export const belongsTo = ({ armEndpoint, keyVaultSuffix, storageSuffix }: Cloud, url: string): boolean => {
  const { protocol, origin, host } = new URL(url);
  const isData = [keyVaultSuffix, `blob.${storageSuffix}`].some((suffix) => host.endsWith(`.${suffix}`));
  return protocol === 'https:' && (origin === armEndpoint || isData);
};

/** Refuses to send a token anywhere but to the cloud it is for. */
export const originPolicy = (cloud: Cloud): PipelinePolicy => ({
  name: 'aseOrigin',
  sendRequest: (request, next) => {
    if (!belongsTo(cloud, request.url)) {
      throw new Error(`refused to send a request to ${new URL(request.url).host}, which is not part of this cloud`);
    }
    return next(request);
  },
});
