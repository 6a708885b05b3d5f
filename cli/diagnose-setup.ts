/** What is wrong with the set-up, and the remedy: one check a line. */
import { readCloudTime } from '../azure/cloud.ts';
import { explainAzure, openAzure } from '../client/azure.ts';
import { AseError } from '../client/errors.ts';
import { cloudCommand, missingSearchAttributes, registerCommand } from '../client/search-attributes.ts';
import { readPollers, type Poller } from '../client/task-queue.ts';
import { openTemporal, type Temporal } from '../client/temporal.ts';
import { hasKnownHoles, sdkOfBuild, sdkVersion } from '../client/versions.ts';
import type { Config } from '../config.ts';
import { diagnoseRights, type RightsScope } from './diagnose-rights.ts';
import { attempt, failed, found, skipped, type Check, type Finding } from './diagnosis.ts';

/** Looks at everything, also after something has failed. @throws nothing: a failure is a check */
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

export const judgeServer = (version: string, address: string): Finding => {
  const detail = `${version} at ${address}`;
  if (!hasKnownHoles(version)) return { detail };
  const remedy = 'Update it to 1.29.5, to 1.30.3 or later: workflows of one namespace can be reached from another.';
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
    : `This key may not register them. On Temporal Cloud: ${cloudCommand(namespace, missing)}\nElsewhere: ${registerCommand(namespace)}`;
  throw new AseError('TemporalRefused', `not registered: ${missing.join(', ')}`, remedy);
};

const describeWorker = async (temporal: Temporal): Promise<Finding> => {
  const { taskQueue } = temporal.config;
  const pollers = await readPollers(temporal);
  if (pollers.length > 0) {
    const identities = pollers.map(({ identity }) => identity).join(', ');
    return { detail: `${identities} on the task queue "${taskQueue}" in the last minutes` };
  }
  const remedy = 'Start one: npm run dev, or ase-worker; it must have the same ASE_TASK_QUEUE and namespace.';
  throw new AseError('NoWorker', `nobody works on the task queue "${taskQueue}"`, remedy);
};

const compareVersions = async (temporal: Temporal): Promise<Finding> =>
  judgeBuilds(await readPollers(temporal), sdkVersion);

/** Workers of different code take turns on a procedure, and one cannot go on where the other has changed its course. */
export const judgeBuilds = (pollers: readonly Poller[], ours: string): Finding => {
  const builds = [...new Set(pollers.flatMap(({ build }) => build ?? []))];
  const here = `SDK ${ours} here`;
  if (builds.length > 1) {
    const remedy = 'Let one kind of worker run: end the older ones. One that has ended counts for some minutes.';
    return { detail: `${here}; workers of different code: ${builds.join(', ')}`, remedy };
  }
  const [build] = builds;
  if (build === undefined) return { detail: `${here}; no worker says which` };
  const theirs = sdkOfBuild(build);
  if (theirs === undefined || theirs === ours) return { detail: `${here} and in the worker (${build})` };
  return { detail: `${here}, ${theirs} in the worker`, remedy: 'Run worker and command line of the same release.' };
};

const diagnoseAzure = async (config: Config): Promise<Check[]> => {
  try {
    const azure = await openAzure(config);
    const { armEndpoint, authorityHost } = azure.cloud;
    const endpoint = found('Azure', { detail: `${armEndpoint}, tokens from ${authorityHost}` });
    const clock = await attempt('clock', async () => judgeClock(Date.now(), await readCloudTime(armEndpoint)));
    const signIn = await attempt('Azure sign-in', async () => {
      const objectId = await azure.callerObjectId().catch((error: unknown) => {
        throw explainAzure(error, 'Ask for the rights that the message names.');
      });
      return { detail: `as the principal ${objectId}` };
    });
    return [endpoint, clock, signIn];
  } catch (error) {
    return [failed('Azure', error), skipped('clock'), skipped('Azure sign-in')];
  }
};

const second = 1000;
/** Beyond this the services of Azure refuse tokens and signatures as too old or too young. */
const tolerated = 5 * 60 * second;
/** Beyond this something is wrong with the clock, and it may go on drifting. A whole second is lost in the header. */
const usual = 30 * second;

/** @param now ours, `theirs` Azure's; milliseconds. @throws AseError for a clock that is too wrong to work with */
export const judgeClock = (now: number, theirs: number | undefined): Finding => {
  if (theirs === undefined) return { detail: 'Azure did not say what time it is' };
  const away = Math.round((now - theirs) / second);
  const detail = `${Math.abs(away)} s ${away < 0 ? 'behind' : 'ahead of'} Azure's`;
  const remedy = 'Let this machine keep time: timedatectl set-ntp true. Look at the machine of the worker as well.';
  if (Math.abs(away) * second > tolerated)
    throw new AseError('AzureRefused', `this machine's clock is ${detail}`, remedy);
  return Math.abs(away) * second > usual ? { detail, remedy } : { detail };
};
