/** The connection to Temporal: every call has a deadline, and what goes wrong says what to do. */
import {
  Client,
  Connection,
  isGrpcServiceError,
  ServiceError,
  type ClientInterceptors,
  type ConnectionLike,
} from '@temporalio/client';
import {
  NamespaceNotFoundError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type DataConverter,
} from '@temporalio/common';
import { readConfig, usualTaskQueue, type Config } from '../config.ts';
import { cloudCommand, registerCommand } from './search-attributes.ts';
import { AseError } from './errors.ts';
import { codes, grpcCode, isTimeUp } from './grpc.ts';

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

/** The same for whoever has called the library: what is said of a workflow that nobody has read more into, too. */
export const explainTemporal = (config: Place, error: unknown): unknown => {
  if (error instanceof WorkflowNotFoundError) {
    const message =
      'Temporal does not know the operation any more, or has lost what it was told: its server was restarted';
    return new AseError('NotFound', message, 'Look at the device again, then repeat the call.', { cause: error });
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

/** Whether the next request would be told the same: the server is away, or refuses whoever asks. */
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
      ? 'Try again in a while. If it persists, find out who else uses up the limits of the namespace.'
      : 'Try again in a while. If it persists, the log of the Temporal server says more.',
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
