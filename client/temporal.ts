/** The connection to Temporal: every call has a deadline, and what goes wrong says what to do. */
import { createRequire } from 'node:module';
import {
  Client,
  type ClientInterceptors,
  Connection,
  type ConnectionLike,
  ServiceError,
  isGrpcServiceError,
} from '@temporalio/client';
import {
  type DataConverter,
  NamespaceNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { type Config, readConfig, usualTaskQueue } from '../config.ts';
import { AseError } from './errors.ts';
import { codes, grpcCode, isTimeUp } from './grpc.ts';
import { cloudCommand, registerCommand } from './search-attributes.ts';

/** Where operations are, and how it is reached. */
export type Place = Pick<Config, 'address' | 'namespace' | 'taskQueue' | 'proxy'>;

export type Temporal = {
  config: Place;
  connection: ConnectionLike;
  client: Client;
  /**
   * Runs calls that must be answered within so many milliseconds (default: 10 s).
   * @throws AseError TemporalUnreachable or TemporalRefused; what is said of a workflow passes through
   */
  within: <T>(call: () => Promise<T>, milliseconds?: number) => Promise<T>;
  /**
   * Runs a call that waits for something until then.
   * @throws the same; that the time is up passes through, too (`isTimeUp`)
   */
  until: <T>(deadline: number | Date, call: () => Promise<T>) => Promise<T>;
  /** Lets go of what was opened here. */
  close: () => Promise<void>;
};

const connectTimeout = 5_000;
const callTimeout = 10_000;

/** What a client of Temporal is made with; a worker must have the same converter. */
type ClientSettings = { namespace?: string; dataConverter?: DataConverter; interceptors?: ClientInterceptors };

/** What would be ignored is refused by the compiler. */
type Without<Names extends string> = { [N in Names]?: never };

export type ConnectOptions = {
  /** The queue that the workers poll; default: `ase`, or as the environment says. */
  taskQueue?: string;
} & (
  | /** The caller's own, with its namespace, converter and interceptors. */ ({ client: Client } & Without<
      keyof ClientSettings | 'connection' | 'config'
    >)
  | /** The caller's own. */ ({ connection: ConnectionLike } & ClientSettings & Without<'client' | 'config'>)
  | /** As the environment says, or as told. */ ({ config?: Config } & ClientSettings &
      Without<'client' | 'connection'>)
);

/**
 * With a client or a connection of the caller's the environment is not read, and neither is closed here.
 * @throws AseError TemporalUnreachable or TemporalRefused · ConfigError
 */
export const openTemporal = async (options: ConnectOptions): Promise<Temporal> => {
  if (options.client) return useClient(options.client, options);
  if (options.connection) {
    const { connection } = options;
    return useClient(new Client({ ...settingsOf(options), connection }), options);
  }
  const { config = readConfig() } = options;
  const connection = await dial(config);
  const { namespace = config.namespace, taskQueue = config.taskQueue } = options;
  const client = new Client({ ...settingsOf(options), connection, namespace });
  const { address, proxy } = config;
  const place = { address, namespace, taskQueue, ...(proxy ? { proxy } : {}) };
  return { ...temporalOf(client, place), close: () => connection.close() };
};

const settingsOf = ({ namespace, dataConverter, interceptors }: ClientSettings): ClientSettings => ({
  ...(namespace === undefined ? {} : { namespace }),
  ...(dataConverter ? { dataConverter } : {}),
  ...(interceptors ? { interceptors } : {}),
});

const useClient = (client: Client, { taskQueue = usualTaskQueue }: ConnectOptions): Temporal => {
  const { connection } = client;
  const { address } = connection instanceof Connection ? connection.options : { address: 'the given connection' };
  const place = { address, namespace: client.options.namespace, taskQueue };
  return { ...temporalOf(client, place), close: () => Promise.resolve() };
};

const dial = async (config: Config): Promise<Connection> => {
  const { connectionOptions } = config.temporal;
  try {
    return await Connection.connect({ ...connectionOptions, connectTimeout });
  } catch (error) {
    const translated = translate(config, error);
    throw translated instanceof AseError ? translated : unreachable(config, error);
  }
};

const temporalOf = (client: Client, config: Place): Omit<Temporal, 'close'> => {
  const { connection } = client;
  return {
    config,
    connection,
    client,
    within: (call, milliseconds = callTimeout) =>
      connection.withDeadline(Date.now() + milliseconds, call).catch((error: unknown) => {
        throw translate(config, error);
      }),
    until: (deadline, call) =>
      connection.withDeadline(deadline, call).catch((error: unknown) => {
        throw isTimeUp(error) ? error : translate(config, error);
      }),
  };
};

/** Errors of the connection and of the server as ours; what is said of a workflow, and what is none of Temporal's, as it is. */
const translate = (config: Place, error: unknown): unknown => {
  if (error instanceof NamespaceNotFoundError) return refused(config, error, codes.notFound);
  if (error instanceof AseError) return error;
  const code = grpcCode(error);
  if (code === undefined) return error instanceof ServiceError ? unusable(config, error) : error;
  if (isOneOf(awayCodes, code)) return unreachable(config, error);
  return isOneOf(troubleCodes, code) ? troubled(config, error) : refused(config, error, code);
};

/** The same for callers of the library. It also explains errors about a workflow that no other part has explained. */
export const explainTemporal = (config: Place, error: unknown): unknown => {
  if (error instanceof WorkflowNotFoundError) {
    const message = 'Temporal no longer knows the operation, or has lost the message: its server was restarted';
    return new AseError('NotFound', message, 'Read the status of the device, then repeat the call.', { cause: error });
  }
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    const message = 'another operation was started at the same moment';
    return new AseError('DeviceBusy', message, 'Repeat the call.', { cause: error });
  }
  return translate(config, error);
};

const awayCodes = [codes.cancelled, codes.deadlineExceeded, codes.unavailable];
/** The server is there, and could not do it this time. */
const troubleCodes = [codes.unknown, codes.resourceExhausted, codes.aborted, codes.internal, codes.dataLoss];
const rightsCodes = [codes.permissionDenied, codes.unauthenticated];

const isOneOf = (some: readonly number[], code: number): boolean => some.includes(code);

/** Whether the next request would fail in the same way: the server does not answer, or refuses every request. */
export const isOfServer = (error: unknown): error is AseError =>
  error instanceof AseError && error.type.startsWith('Temporal') && !isOneOf(troubleCodes, grpcCode(error) ?? 0);

const refused = ({ namespace, address }: Place, error: unknown, code: number): AseError => {
  const refusal = (message: string, hint: string) => new AseError('TemporalRefused', message, hint, { cause: error });
  // A workflow that is not found is an error of its own class; of what else we ask for, only a namespace can be missing.
  if (code === codes.notFound) {
    const hint = 'Set TEMPORAL_NAMESPACE to one that exists: temporal operator namespace list';
    return refusal(`${address} has no namespace "${namespace}"`, hint);
  }
  const because = `${address} refused the call: ${reasonOf(error)}`;
  if (isOneOf(rightsCodes, code)) {
    return refusal(because, 'Check TEMPORAL_API_KEY or the client certificate, and the rights that go with it.');
  }
  const [, attribute] = /search attribute (\w+)/.exec(reasonOf(error)) ?? [];
  if (code === codes.invalidArgument && attribute !== undefined) {
    const add = registerCommand(namespace, [attribute]);
    return refusal(because, `Add it: ${add}\nOn Temporal Cloud: ${cloudCommand(namespace, [attribute])}`);
  }
  return refusal(because, 'Check how Temporal is set up.');
};

/** No request was made: the channel was closed, by `close` or by the program whose connection it is. */
const unusable = ({ address }: Place, error: ServiceError): AseError =>
  new AseError(
    'TemporalUnreachable',
    `the connection to ${address} cannot be used: ${reasonOf(error)}`,
    'Connect again.',
    {
      cause: error,
    },
  );

const troubled = ({ address }: Place, error: unknown): AseError =>
  new AseError(
    'TemporalUnreachable',
    `${address} could not answer: ${reasonOf(error)}`,
    grpcCode(error) === codes.resourceExhausted
      ? 'Retry later. If it persists, find out who else uses up the limits of the namespace.'
      : 'Retry later. If it persists, read the log of the Temporal server.',
    { cause: error },
  );

const unreachable = ({ address, proxy }: Place, error: unknown): AseError =>
  new AseError(
    'TemporalUnreachable',
    `no Temporal server answers at ${address}${proxy ? ` through the proxy ${proxy.host} (${proxy.variable})` : ''}: ${reasonOf(error)}`,
    proxy
      ? `The variable ${proxy.variable} leads this connection through a proxy. To connect directly: export ${proxy.exempt}`
      : 'Start one, or set TEMPORAL_ADDRESS to the one that runs.',
    { cause: error },
  );

const reasonOf = (error: unknown): string => {
  const cause = error instanceof ServiceError ? (error.cause ?? error) : error;
  if (isGrpcServiceError(cause)) return cause.details;
  return cause instanceof Error ? cause.message : String(cause);
};

export type Poller = {
  identity: string;
  /** What the worker says of its code: `@temporalio/worker@1.24.0+<hash of its workflows>` (SDK 1.24.0). */
  build?: string;
};

/**
 * Returns the pollers of a task queue for workflow tasks; ours by default. Temporal remembers them for some minutes.
 */
export const readPollers = async (
  { connection, config, within }: Temporal,
  taskQueue = config.taskQueue,
): Promise<Poller[]> => {
  const { namespace } = config;
  const workflowTasks = 1;
  const { pollers } = await within(() =>
    connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: taskQueue },
      taskQueueType: workflowTasks,
    }),
  );
  return pollers.map(({ identity, workerVersionCapabilities }) => {
    const build = workerVersionCapabilities?.buildId;
    return { identity: identity ?? '', ...(build ? { build } : {}) };
  });
};

/** `true` is a hope, since the worker may have died a moment ago; `false` is a fact. */
export const isPolled = async (temporal: Temporal, taskQueue?: string): Promise<boolean> =>
  (await readPollers(temporal, taskQueue)).length > 0;

/** Asks once for each task queue. */
export const createPolledQueues = (temporal: Temporal): ((taskQueue: string) => Promise<boolean>) => {
  const asked = new Map<string, Promise<boolean>>();
  return (taskQueue) => {
    const answer = asked.get(taskQueue) ?? isPolled(temporal, taskQueue);
    asked.set(taskQueue, answer);
    return answer;
  };
};

// Which versions of Temporal's parts are at work, and which of them had better not be.

/** Of Temporal's SDK in this program. */
export const sdkVersion = (createRequire(import.meta.url)('@temporalio/client/package.json') as { version: string })
  .version;

/**
 * First patch of each line of the server, 1.27 to 1.30, without the holes that let one namespace reach into another
 * (CVE-2025-14986, CVE-2025-14987, CVE-2026-5199; golang/vulndb 4272, 4273, 5766). Later lines never had them.
 */
const soundSince: Record<number, number> = { 27: 4, 28: 2, 29: 5, 30: 3 };
const firstLine = 27;

/** A version that cannot be read, as of Temporal Cloud, is not judged. */
export const hasKnownHoles = (serverVersion: string): boolean => {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(serverVersion)?.map(Number) ?? [];
  if (major !== 1 || minor === undefined || patch === undefined) return false;
  return minor < firstLine || patch < (soundSince[minor] ?? 0);
};

/** Returns the SDK of a worker, from the build id that it reports. */
export const sdkOfBuild = (build: string): string | undefined => /^@temporalio\/worker@([^+]+)\+/.exec(build)?.[1];
