/**
 * The worker signs in as in production: by the credential that it finds in its environment, at the token service of the local
 * Azure. Tokens are kept in the process, and are gone with it.
 */
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/identity';
import type { Cloud } from '../../azure/cloud.ts';
import { createCredential } from '../../azure/credential.ts';
import type { Principal } from '../../local-azure/entra/principals.ts';
import { tokenLifetime } from '../../local-azure/entra/tokens.ts';
import type { LocalAzure } from '../../local-azure/index.ts';
import { inProcess, type FetchHandler } from '../../local-azure/test/http-client.ts';
import { inTime } from './virtual-date.ts';

/** A token that was granted, and when it was asked for: what a process that goes on from there has in hand. */
export type Grant = {
  scopes: string | string[];
  options: Pick<GetTokenOptions, 'tenantId' | 'enableCae'>;
  at: number;
};

export type SignIn = {
  credential: TokenCredential;
  /** Oldest first. */
  grants: readonly Grant[];
  /** Has the process hold the tokens that it was granted before. Nobody sees the requests. */
  resume: (grants: readonly Grant[]) => Promise<void>;
  /** Virtual time goes on by so much while the token service answers nothing, so that whoever asked may give it up. */
  wait: (ms: number) => Promise<void>;
  /** The token service never answers. */
  hang: () => Promise<never>;
};

type Around = {
  azure: LocalAzure;
  cloud: Cloud;
  /** Where the requests go. */
  handle: FetchHandler;
  /** Of the virtual Temporal. */
  stall: (delay: number) => Promise<void>;
};

export const createSignIn = ({ azure, cloud, handle, stall }: Around): SignIn => {
  let resuming = false;
  const httpClient = inProcess((request) => (resuming ? azure.fetch(request) : handle(request)));
  const patience: { until: number; lost: boolean; end: () => void }[] = [];
  const abortAfter = (ms: number): AbortSignal => {
    const controller = new AbortController();
    patience.push({ until: Date.now() + ms, lost: false, end: () => controller.abort() });
    return controller.signal;
  };
  /** Whoever waits may give up from now on. Before, nobody needed it: a request that is answered at once takes no time. */
  const losePatience = (): void => {
    for (const one of patience.splice(0)) {
      if (one.until <= Date.now()) continue;
      patience.push(one);
      if (!one.lost) void stall(one.until - Date.now()).then(one.end);
      one.lost = true;
    }
    // Time goes on also for a worker that waits for ever.
    if (patience.length === 0) void stall(Infinity);
  };
  const { credential, grants } = recorded(
    withEnvironment(azure, () => createCredential(cloud, { httpClient, abortAfter })),
  );
  return {
    credential,
    grants,
    resume: async (earlier) => {
      resuming = true;
      for (const { scopes, options, at } of earlier) {
        await inTime(
          () => at,
          () => credential.getToken(scopes, options),
        );
      }
      resuming = false;
      patience.length = 0;
    },
    wait: (ms) => {
      losePatience();
      return stall(ms);
    },
    hang: () => {
      losePatience();
      return new Promise(() => undefined);
    },
  };
};

/** What the worker is told of itself. */
const withEnvironment = <T>({ principals: { worker } }: LocalAzure, create: () => T): T => {
  Object.assign(process.env, {
    AZURE_TENANT_ID: worker.tenantId,
    AZURE_CLIENT_ID: worker.clientId,
    AZURE_CLIENT_SECRET: worker.clientSecret,
    // The others of the chain are never asked, and to make them costs more than to sign in.
    AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
  });
  return create();
};

const recorded = (credential: TokenCredential): { credential: TokenCredential; grants: readonly Grant[] } => {
  const grants: Grant[] = [];
  const latest = new Map<string, string>();
  const note = (key: string, grant: Grant, granted: AccessToken | null): void => {
    if (granted && latest.get(key) !== granted.token) grants.push(grant);
    if (granted) latest.set(key, granted.token);
  };
  const getToken: TokenCredential['getToken'] = async (scopes, given = {}) => {
    const { tenantId, enableCae } = given;
    const options = {
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(enableCae === undefined ? {} : { enableCae }),
    };
    const at = Date.now();
    const granted = await credential.getToken(scopes, given);
    note(JSON.stringify([scopes, options]), { scopes, options, at }, granted);
    return granted;
  };
  return { credential: { getToken }, grants };
};

/** Tokens of all services, granted so long before a moment that so much of their life is left then. In milliseconds. */
export const grantsWithLeft = (
  left: number,
  { armScope, keyVaultSuffix }: Cloud,
  { tenantId }: Pick<Principal, 'tenantId'>,
  now: number,
): Grant[] => {
  const at = now - tokenLifetime * 1000 + left;
  const enableCae = true;
  return [
    { scopes: [armScope], options: { enableCae }, at },
    { scopes: [`https://${keyVaultSuffix}/.default`], options: { tenantId, enableCae }, at },
    { scopes: ['https://storage.azure.com/.default'], options: { enableCae }, at },
  ];
};
