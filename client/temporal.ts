/** The connection to Temporal: every call has a deadline, and what goes wrong says what to do. */
import { Client, Connection, isGrpcServiceError, ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { Config } from '../config.ts';
import { cloudCommand, registerCommand } from './search-attributes.ts';
import { AseError } from './errors.ts';

export type Temporal = {
  config: Config;
  connection: Connection;
  client: Client;
  /**
   * Runs calls that must be answered within so many milliseconds (default: 10 s).
   * @throws AseError TemporalUnreachable or TemporalRefused; other errors of the calls pass through
   */
  within: <T>(call: () => Promise<T>, milliseconds?: number) => Promise<T>;
};

const connectTimeout = 5_000;
const callTimeout = 10_000;

/** @throws AseError TemporalUnreachable or TemporalRefused */
export const openTemporal = async (config: Config): Promise<Temporal> => {
  const { temporal, namespace } = config;
  const connection = await Connection.connect({ ...temporal.connectionOptions, connectTimeout }).catch(
    (error: unknown) => {
      throw refusal(config, error) ?? unreachable(config, error);
    },
  );
  return {
    config,
    connection,
    client: new Client({ connection, namespace }),
    within: async (call, milliseconds = callTimeout) => {
      try {
        return await connection.withDeadline(Date.now() + milliseconds, call);
      } catch (error) {
        throw translate(config, error);
      }
    },
  };
};

const translate = (config: Config, error: unknown): unknown => {
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

const refusal = ({ namespace, address }: Config, error: unknown): AseError | undefined => {
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

const unreachable = ({ address, proxy }: Config, error: unknown): AseError =>
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
