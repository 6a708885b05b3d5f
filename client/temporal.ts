/** The connection to Temporal: every call has a deadline, and what goes wrong says what to do. */
import {
  Client,
  Connection,
  isGrpcServiceError,
  ServiceError,
  type ClientInterceptors,
  type ConnectionLike,
} from '@temporalio/client';
import { NamespaceNotFoundError, type DataConverter } from '@temporalio/common';
import { readConfig, usualTaskQueue, type Config } from '../config.ts';
import { cloudCommand, registerCommand } from './search-attributes.ts';
import { AseError } from './errors.ts';

/** Where operations are, and how it is reached. */
export type Place = Pick<Config, 'address' | 'namespace' | 'taskQueue' | 'proxy'>;

export type Temporal = {
  config: Place;
  connection: ConnectionLike;
  client: Client;
  /**
   * Runs calls that must be answered within so many milliseconds (default: 10 s).
   * @throws AseError TemporalUnreachable or TemporalRefused; other errors of the calls pass through
   */
  within: <T>(call: () => Promise<T>, milliseconds?: number) => Promise<T>;
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
    throw refusal(config, error) ?? unreachable(config, error);
  }
};

const temporalOf = (client: Client, config: Place): Omit<Temporal, 'close'> => ({
  config,
  connection: client.connection,
  client,
  within: async (call, milliseconds = callTimeout) => {
    try {
      return await client.connection.withDeadline(Date.now() + milliseconds, call);
    } catch (error) {
      throw translate(config, error);
    }
  },
});

const translate = (config: Place, error: unknown): unknown => {
  const code = grpcCode(error);
  return awayCodes.some((away) => away === code) ? unreachable(config, error) : (refusal(config, error) ?? error);
};

/** Status codes of gRPC that tell us something. */
export const codes = {
  /** How a deadline shows when the server notices it first. */
  cancelled: 1,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  failedPrecondition: 9,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const awayCodes = [codes.cancelled, codes.deadlineExceeded, codes.unavailable];

export const grpcCode = (error: unknown): number | undefined => {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
};

const refusal = ({ namespace, address }: Place, error: unknown): AseError | undefined => {
  const because = `${address} refused the call: ${reasonOf(error)}`;
  // A workflow that is not found is an error of its own class; of what else we ask for, only a namespace can be missing.
  if (error instanceof NamespaceNotFoundError || grpcCode(error) === codes.notFound) {
    const hint = 'Set TEMPORAL_NAMESPACE to one that exists: temporal operator namespace list';
    return new AseError('TemporalRefused', `${address} has no namespace "${namespace}"`, hint, { cause: error });
  }
  const code = grpcCode(error);
  if (code === codes.permissionDenied || code === codes.unauthenticated) {
    const hint = 'Check TEMPORAL_API_KEY or the client certificate, and the rights that go with it.';
    return new AseError('TemporalRefused', because, hint, { cause: error });
  }
  const [, attribute] = /search attribute (\w+)/.exec(reasonOf(error)) ?? [];
  if (code === codes.invalidArgument && attribute !== undefined) {
    const hint = `Add it: ${registerCommand(namespace, [attribute])}\nOn Temporal Cloud: ${cloudCommand(namespace, [attribute])}`;
    return new AseError('TemporalRefused', because, hint, { cause: error });
  }
  if (code === codes.invalidArgument) {
    return new AseError('TemporalRefused', because, 'Check how Temporal is set up.', { cause: error });
  }
  return undefined;
};

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
