/** Checks of the set-up: Temporal, worker, clock, Azure. */
import { readCloudTime } from '../azure/cloud.ts';
import { explainAzure, openAzure } from '../client/own-vault.ts';
import { AseError } from '../client/errors.ts';
import { cloudCommand, missingSearchAttributes, registerCommand } from '../client/search-attributes.ts';
import {
  readPollers,
  type Poller,
  openTemporal,
  type Temporal,
  hasKnownHoles,
  sdkOfBuild,
  sdkVersion,
} from '../client/temporal.ts';
import type { Config } from '../config.ts';
import { diagnoseRights, type RightsScope } from './diagnose-rights.ts';
import { attempt, failed, found, skipped, type Check, type Finding } from './diagnosis.ts';

/** Runs all checks, even after one has failed. @throws nothing: a failure is a check */
export const diagnose = async (config: Config, rights?: RightsScope): Promise<Check[]> => {
  const [temporal, azure, held] = await Promise.all([
    diagnoseTemporal(config),
    diagnoseAzure(config),
    rights ? diagnoseRights(config, rights) : [],
  ]);
  return [...temporal, ...azure, ...held];
};

const name = 'Temporal';
const looks = {
  namespace: (temporal: Temporal) => describeNamespace(temporal),
  'search attributes': (temporal: Temporal) => describeSearchAttributes(temporal),
  worker: (temporal: Temporal) => describeWorker(temporal),
  versions: (temporal: Temporal) => compareVersions(temporal),
};

const diagnoseTemporal = async (config: Config): Promise<Check[]> => {
  let temporal: Temporal;
  try {
    temporal = await openTemporal({ config });
  } catch (error) {
    return [failed(name, error), ...Object.keys(looks).map((check) => skipped(check))];
  }
  try {
    return await Promise.all([
      attempt(name, () => describeServer(temporal)),
      ...Object.entries(looks).map(([check, look]) => attempt(check, () => look(temporal))),
    ]);
  } finally {
    await temporal.close();
  }
};

const describeServer = async ({ connection, config, within }: Temporal): Promise<Finding> => {
  const { serverVersion } = await within(() => connection.workflowService.getSystemInfo({}));
  const { address, proxy } = config;
  return judgeServer(
    serverVersion,
    proxy ? `${address}, through the proxy ${proxy.host} (${proxy.variable})` : address,
  );
};

/** Judges the version of the Temporal server. */
export const judgeServer = (version: string, address: string): Finding => {
  const detail = `${version} at ${address}`;
  if (!hasKnownHoles(version)) return { detail };
  const remedy =
    'Update the server to 1.29.5, or to 1.30.3 or later: workflows of one namespace can be reached from another.';
  return { detail: `${detail}, a version with known security holes`, remedy };
};

const describeNamespace = async ({ connection, config, within }: Temporal): Promise<Finding> => {
  const { namespace } = config;
  await within(() => connection.workflowService.describeNamespace({ namespace }));
  return { detail: namespace };
};

const describeSearchAttributes = async ({ connection, config, within }: Temporal): Promise<Finding> => {
  const { namespace } = config;
  const { missing, mayRegister } = await within(() => missingSearchAttributes(connection, namespace));
  if (missing.length === 0) return { detail: 'all registered' };
  const remedy = mayRegister
    ? `Start a worker, which registers them, or: ${registerCommand(namespace)}`
    : `This API key may not register them. On Temporal Cloud: ${cloudCommand(namespace, missing)}\nElsewhere: ${registerCommand(namespace)}`;
  throw new AseError('TemporalRefused', `not registered: ${missing.join(', ')}`, remedy);
};

const describeWorker = async (temporal: Temporal): Promise<Finding> => {
  const { taskQueue } = temporal.config;
  const pollers = await readPollers(temporal);
  if (pollers.length > 0) {
    const identities = pollers.map(({ identity }) => identity).join(', ');
    return { detail: `${identities} on the task queue "${taskQueue}" in the last minutes` };
  }
  const remedy = 'Start a worker: npm run dev, or ase-worker, with the same ASE_TASK_QUEUE and namespace.';
  throw new AseError('NoWorker', `no worker polls the task queue "${taskQueue}"`, remedy);
};

const compareVersions = async (temporal: Temporal): Promise<Finding> =>
  judgeBuilds(await readPollers(temporal), sdkVersion);

/** Judges the builds of the workers: a workflow fails if workers with different code take turns on it. */
export const judgeBuilds = (pollers: readonly Poller[], ours: string): Finding => {
  const builds = [...new Set(pollers.flatMap(({ build }) => build ?? []))];
  const here = `SDK ${ours} here`;
  if (builds.length > 1) {
    const remedy = 'Stop the older workers. A stopped worker is listed for some minutes.';
    return { detail: `${here}; workers of different code: ${builds.join(', ')}`, remedy };
  }
  const [build] = builds;
  if (build === undefined) return { detail: `${here}; no worker reports a version` };
  const theirs = sdkOfBuild(build);
  if (theirs === undefined || theirs === ours) return { detail: `${here} and in the worker (${build})` };
  return {
    detail: `${here}, ${theirs} in the worker`,
    remedy: 'Use the same release for the worker and the command line.',
  };
};

const diagnoseAzure = async (config: Config): Promise<Check[]> => {
  try {
    const azure = await openAzure(config);
    const { armEndpoint, authorityHost } = azure.cloud;
    const endpoint = found('Azure', { detail: `${armEndpoint}, tokens from ${authorityHost}` });
    const clock = await attempt('clock', async () => judgeClock(Date.now(), await readCloudTime(armEndpoint)));
    const signIn = await attempt('Azure sign-in', async () => {
      const objectId = await azure.callerObjectId().catch((error: unknown) => {
        throw explainAzure(error, 'Request the rights that the message names.');
      });
      return { detail: `as the principal ${objectId}` };
    });
    return [endpoint, clock, signIn];
  } catch (error) {
    return [failed('Azure', error), skipped('clock'), skipped('Azure sign-in')];
  }
};

const second = 1000;
/** Beyond this difference the services of Azure refuse tokens and signatures. */
const tolerated = 5 * 60 * second;
/** Beyond this difference the clock may drift further. The header has a resolution of one second. */
const usual = 30 * second;

/** Compares our time with Azure's, in milliseconds. @throws AseError if the difference is too large to work with Azure */
export const judgeClock = (now: number, theirs: number | undefined): Finding => {
  if (theirs === undefined) return { detail: 'Azure did not return the time' };
  const away = Math.round((now - theirs) / second);
  const detail = `${Math.abs(away)} s ${away < 0 ? 'behind' : 'ahead of'} Azure's`;
  const remedy =
    'Synchronise the clock of this machine: timedatectl set-ntp true. Check the machine of the worker as well.';
  if (Math.abs(away) * second > tolerated)
    throw new AseError('AzureRefused', `this machine's clock is ${detail}`, remedy);
  return Math.abs(away) * second > usual ? { detail, remedy } : { detail };
};
