import { AseError } from '../client/errors.ts';
import { readPollers, type Poller } from '../client/task-queue.ts';
import { openTemporal, type Temporal } from '../client/temporal.ts';
import { hasKnownHoles, sdkOfBuild, sdkVersion } from '../client/versions.ts';
import type { Config } from '../config.ts';
import { cloudCommand, missingSearchAttributes, registerCommand } from '../client/search-attributes.ts';
import { attempt, failed, skipped, type Check, type Finding } from './check.ts';

const name = 'Temporal';
const looks = {
  namespace: (temporal: Temporal) => describeNamespace(temporal),
  'search attributes': (temporal: Temporal) => describeSearchAttributes(temporal),
  worker: (temporal: Temporal) => describeWorker(temporal),
  versions: (temporal: Temporal) => compareVersions(temporal),
};

export const diagnoseTemporal = async (config: Config): Promise<Check[]> => {
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
