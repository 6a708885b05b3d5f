/** What is wrong with the set-up, and the remedy: one check a line. */
import { missingSearchAttributes } from '../client/search-attributes.ts';
import { readPollers } from '../client/task-queue.ts';
import type { Config } from '../config.ts';
import { registerCommand } from '../worker/search-attributes.ts';
import { explainAzure, openAzure } from './azure.ts';
import { AseError, type AseErrorType } from '../client/errors.ts';
import { openTemporal, type Temporal } from '../client/temporal.ts';

export type Check = {
  check: string;
  state: 'ok' | 'failed' | 'skipped';
  /** What was found, or why it could not be looked at. */
  detail: string;
  remedy?: string;
  failure?: AseErrorType;
};

/** Looks at everything, also after something has failed. @throws nothing: a failure is a check */
export const diagnose = async (config: Config): Promise<Check[]> => {
  const [temporal, azure] = await Promise.all([checkTemporal(config), checkAzure(config)]);
  return [...temporal, ...azure];
};

const checkTemporal = async (config: Config): Promise<Check[]> => {
  const name = 'Temporal';
  const rest = ['namespace', 'search attributes', 'worker'];
  let temporal: Temporal;
  try {
    temporal = await openTemporal(config);
  } catch (error) {
    return [failed(name, error), ...rest.map(skipped)];
  }
  try {
    return await Promise.all([
      attempt(name, () => describeServer(temporal)),
      attempt('namespace', () => describeNamespace(temporal)),
      attempt('search attributes', () => describeSearchAttributes(temporal)),
      attempt('worker', () => describeWorker(temporal)),
    ]);
  } finally {
    await temporal.connection.close();
  }
};

const checkAzure = async (config: Config): Promise<Check[]> => {
  try {
    const azure = await openAzure(config);
    const { armEndpoint, authorityHost } = azure.cloud;
    const endpoint = ok('Azure', `${armEndpoint}, tokens from ${authorityHost}`);
    const signIn = await attempt('Azure sign-in', async () => {
      const objectId = await azure.callerObjectId().catch((error: unknown) => {
        throw explainAzure(error, 'Ask for the rights that the message names.');
      });
      return `as the principal ${objectId}`;
    });
    return [endpoint, signIn];
  } catch (error) {
    return [failed('Azure', error), skipped('Azure sign-in')];
  }
};

const describeServer = async ({ connection, config, within }: Temporal): Promise<string> => {
  const { serverVersion } = await within(() => connection.workflowService.getSystemInfo({}));
  return `${serverVersion} at ${config.address}`;
};

const describeNamespace = async ({ connection, config, within }: Temporal): Promise<string> => {
  const { namespace } = config;
  await within(() => connection.workflowService.describeNamespace({ namespace }));
  return namespace;
};

const describeSearchAttributes = async (temporal: Temporal): Promise<string> => {
  const missing = await missingSearchAttributes(temporal);
  if (missing.length === 0) return 'all registered';
  const remedy = `Start a worker, which registers them, or: ${registerCommand(temporal.config.namespace)}`;
  throw new AseError('TemporalRefused', `not registered: ${missing.join(', ')}`, remedy);
};

const describeWorker = async (temporal: Temporal): Promise<string> => {
  const { taskQueue } = temporal.config;
  const pollers = await readPollers(temporal);
  if (pollers.length > 0) return `${pollers.join(', ')} on the task queue "${taskQueue}" in the last minutes`;
  const remedy = 'Start one: npm run dev, or node worker.ts; it must have the same ASE_TASK_QUEUE.';
  throw new AseError('NoWorker', `nobody works on the task queue "${taskQueue}"`, remedy);
};

const attempt = async (check: string, look: () => Promise<string>): Promise<Check> => {
  try {
    return ok(check, await look());
  } catch (error) {
    return failed(check, error);
  }
};

const ok = (check: string, detail: string): Check => ({ check, state: 'ok', detail });

const skipped = (check: string): Check => ({ check, state: 'skipped', detail: 'could not be looked at' });

const failed = (check: string, error: unknown): Check => {
  const detail = error instanceof Error ? error.message : String(error);
  if (!(error instanceof AseError)) return { check, state: 'failed', detail };
  return { check, state: 'failed', detail, remedy: error.hint, failure: error.type };
};
