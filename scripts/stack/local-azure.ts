/** Starts the embedded Azure as a process of its own. */
import path from 'node:path';
import { checkout } from './local-files.ts';
import { type Child, spawnChild, untilReady } from './processes.ts';

export type AzurePrincipal = { clientId: string; clientSecret: string; objectId: string };

/** The line that the local Azure prints when it is ready. Endpoints are URLs with their port and no slash at the end. */
export type LocalAzureReady = {
  armEndpoint: string;
  authorityHost: string;
  controlEndpoint: string;
  /** For `HTTPS_PROXY` of clients that cannot resolve names below `localhost`. */
  proxyEndpoint: string;
  port: number;
  vaultSuffix: string;
  blobSuffix: string;
  caFile: string;
  tenantId: string;
  subscriptionId: string;
  principals: Readonly<Record<'owner' | 'worker' | 'operator' | 'reader', AzurePrincipal>>;
};

export type LocalAzureOptions = {
  /** Instead of the one of this checkout. */
  program?: string;
  caFile: string;
  seed: boolean;
  /** Its proxy leads there under the names of public Azure, too. */
  intercept?: boolean;
  /** Divides all of Azure's delays. */
  timeScale?: number;
  env: NodeJS.ProcessEnv;
  log?: string;
};

export async function startLocalAzure(options: LocalAzureOptions): Promise<{ child: Child; ready: LocalAzureReady }> {
  const { caFile, seed, intercept, timeScale, env, log } = options;
  const program = options.program ?? path.join(checkout, 'local-azure/main.ts');
  const args = [program, '--port', '0', '--ca-file', caFile];
  if (seed) args.push('--seed-demo');
  if (intercept === true) args.push('--intercept');
  if (timeScale !== undefined) args.push('--time-scale', String(timeScale));
  const child = await spawnChild('local-azure', process.execPath, args, { env, ...(log === undefined ? {} : { log }) });
  const line = await untilReady(child, 30_000, () => child.output.find((line) => line.startsWith('{')));
  return { child, ready: JSON.parse(line) as LocalAzureReady };
}
