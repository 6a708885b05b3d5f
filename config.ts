/** The only reader of the environment: one typed, validated object, or one clear line about what is wrong with it. */
import { createRequire } from 'node:module';
import { BlockList, isIP } from 'node:net';

type Environment = Record<string, string | undefined>;

export type Config = {
  /** Address, TLS and keys as Temporal's own variables and `temporal.toml` say; the same for worker and client. */
  temporal: ReturnType<Envconfig['loadClientConnectConfig']>;
  address: string;
  /** What leads the client's connection to this address through a proxy; a worker's is always direct. */
  proxy?: TemporalProxy;
  namespace: string;
  taskQueue: string;
  /** Origin of the cloud's ARM endpoint; all other endpoints come from there. */
  armEndpoint: string;
  /** Where tokens come from, if the environment says so; must be the cloud's own. */
  authorityHost?: string;
  subscriptionId?: string;
  /** Address of Temporal's web UI, without a slash at the end, where it is known. */
  uiUrl?: string;
  /** Object ids of principals that may read the vaults' secrets. */
  keyReaders: string[];
  /** Path of the organisation profile; only the worker reads the file. */
  profilePath?: string;
  logLevel: LogLevel;
  /** `address:port` of the Prometheus endpoint. */
  metricsAddress?: string;
};

/** Variables of the environment, and what to set to connect directly. */
export type TemporalProxy = { variable: string; host: string; exempt: string };

const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const usualTaskQueue = 'ase';

/** A wrong value in the environment; its message names the variable and the value to type. */
export class ConfigError extends Error {}

/** Azure Resource Manager of public Azure: the default. */
export const publicArmEndpoint = 'https://management.azure.com';

/** @throws ConfigError */
export const readConfig = (env: Environment = process.env): Config => {
  for (const [variable, value] of Object.entries(env)) assertUnquoted(variable, value ?? '');
  const temporal = readTemporal(env);
  const address = temporal.connectionOptions.address ?? 'localhost:7233';
  const authorityHost = optional(env, 'AZURE_AUTHORITY_HOST', url);
  const subscriptionId = optional(env, 'AZURE_SUBSCRIPTION_ID', guid);
  const metricsAddress = optional(env, 'ASE_METRICS_ADDRESS', addressAndPort);
  const profilePath = optional(env, 'ASE_PROFILE', (_, path) => path);
  const uiUrl = optional(env, 'ASE_TEMPORAL_UI', webUrl) ?? usualUi(address);
  const proxy = proxyTo(address, env);
  return {
    temporal,
    address,
    namespace: temporal.namespace ?? 'default',
    taskQueue: optional(env, 'ASE_TASK_QUEUE', name) ?? usualTaskQueue,
    armEndpoint: optional(env, 'ASE_ARM_ENDPOINT', url) ?? publicArmEndpoint,
    keyReaders: (env['ASE_KEY_READERS'] ?? '')
      .split(',')
      .flatMap((id) => (id.trim() ? [guid('ASE_KEY_READERS', id.trim())] : [])),
    logLevel: optional(env, 'ASE_LOG_LEVEL', logLevel) ?? 'info',
    ...(authorityHost ? { authorityHost } : {}),
    ...(subscriptionId ? { subscriptionId } : {}),
    ...(metricsAddress ? { metricsAddress } : {}),
    ...(profilePath ? { profilePath } : {}),
    ...(uiUrl ? { uiUrl } : {}),
    ...(proxy ? { proxy } : {}),
  };
};

/** Read by clients that take every letter as it is. Certificates are not among them: a PEM ends with a line break. */
const takenAsIs = /^(TEMPORAL_(ADDRESS|NAMESPACE|API_KEY|PROFILE)|AZURE_(TENANT_ID|CLIENT_ID|CLIENT_SECRET))$/;
const readHere = /^(ASE_\w+|AZURE_(AUTHORITY_HOST|SUBSCRIPTION_ID))$/;

/** Some readers of env files keep quotation marks and line breaks. The value is not shown: it may be a secret. */
const assertUnquoted = (variable: string, value: string): void => {
  if ((readHere.test(variable) || takenAsIs.test(variable)) && /^\s*(["'])[\s\S]*\1\s*$/.test(value)) {
    throw new ConfigError(`${variable} has quotation marks around its value, as some env files keep them: remove them`);
  }
  if (takenAsIs.test(variable) && value.trim() !== '' && value !== value.trim()) {
    throw new ConfigError(`${variable} begins or ends with a space or a line break: remove it`);
  }
};

/** The subscription that is meant where none is named; for texts, and not judged. */
export const usualSubscription = (env: Environment = process.env): Pick<Config, 'subscriptionId'> => {
  const subscriptionId = env['AZURE_SUBSCRIPTION_ID']?.trim();
  return subscriptionId ? { subscriptionId } : {};
};

/** Returns how the command line was called: npm names the script that it runs, and calls what npx runs by that name. */
export const commandLine = (env: Environment = process.env): string => {
  const event = env['npm_lifecycle_event'];
  if (event === 'ase') return 'npm run -s ase --';
  return event === 'npx' && /^'?ase\b/.test(env['npm_lifecycle_script'] ?? '') ? 'npx ase' : 'ase';
};

/** Returns whether a terminal is read by a machine or cannot move its cursor. */
export const isPlainTerminal = (env: Environment = process.env): boolean => 'CI' in env || env['TERM'] === 'dumb';

const readTemporal = (env: Environment): Config['temporal'] => {
  const defined = Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const temporal = load(defined);
  const { address = 'localhost:7233', tls } = temporal.connectionOptions;
  if (address.includes('://')) {
    throw new ConfigError(
      `TEMPORAL_ADDRESS is ${address}, with a scheme: write host and port alone, like 127.0.0.1:7233`,
    );
  }
  if (!tls && !isLoopback(address) && env['ASE_ALLOW_INSECURE_TEMPORAL'] !== '1') {
    throw new ConfigError(
      `TEMPORAL_ADDRESS is ${address}, a connection without TLS: set TEMPORAL_TLS=true, or ASE_ALLOW_INSECURE_TEMPORAL=1 if you trust the network`,
    );
  }
  return temporal;
};

type Envconfig = typeof import('@temporalio/envconfig');

const load = (env: Record<string, string>): Config['temporal'] => {
  // Loaded when the environment is read: the help of a command line does without Temporal.
  const { loadClientConnectConfig } = createRequire(import.meta.url)('@temporalio/envconfig') as Envconfig;
  try {
    return loadClientConnectConfig({ overrideEnvVars: env });
  } catch (error) {
    throw new ConfigError(`TEMPORAL_* or temporal.toml: ${error instanceof Error ? error.message : String(error)}`);
  }
};

/** Where the web UI of Temporal Cloud is, or of a development server at its usual port: at another it may have none. */
const usualUi = (address: string): string | undefined => {
  if (/\.(tmprl\.cloud|api\.temporal\.io):\d+$/.test(address)) return 'https://cloud.temporal.io';
  return isLoopback(address) && address.endsWith(':7233') ? 'http://localhost:8233' : undefined;
};

/**
 * As the client's gRPC reads them (@grpc/grpc-js 1.14, `http_proxy.js`): lower-case names alone, the first that is set, http proxies
 * alone; the entries that exempt hosts are ends of names, addresses or ranges, and spaces count. It goes through a proxy to
 * loopback, too.
 */
const proxyTo = (address: string, env: Environment): TemporalProxy | undefined => {
  const variable = ['grpc_proxy', 'https_proxy', 'http_proxy'].find((name) => env[name]);
  const proxy = variable === undefined ? undefined : URL.parse(env[variable] ?? '');
  if (variable === undefined || proxy?.protocol !== 'http:') return undefined;
  const host = hostOf(address);
  const exemption = env['no_grpc_proxy'] ? 'no_grpc_proxy' : 'no_proxy';
  const exempted = env[exemption] ? env[exemption].split(',') : [];
  if (exempted.some((entry) => host.endsWith(entry) || isWithin(host, entry))) return undefined;
  return { variable, host: proxy.host, exempt: `${exemption}=${[...exempted, host].join(',')}` };
};

const isWithin = (host: string, entry: string): boolean => {
  const [network = '', bits = ''] = entry.split('/');
  if (isIP(host) !== 4 || isIP(network) !== 4 || !/^([12]?\d|3[0-2])$/.test(bits)) return false;
  const range = new BlockList();
  range.addSubnet(network, Number(bits));
  return range.check(host);
};

const hostOf = (address: string): string => address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');

const isLoopback = (address: string): boolean => {
  const host = hostOf(address);
  return /(^|\.)localhost$/i.test(host) || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
};

type Reader<T> = (variable: string, value: string) => T;

const optional = <T>(env: Environment, variable: string, read: Reader<T>): T | undefined => {
  const value = env[variable]?.trim();
  return value ? read(variable, value) : undefined;
};

const matching =
  (pattern: RegExp, wanted: string): Reader<string> =>
  (variable, value) => {
    if (pattern.test(value)) return value;
    throw new ConfigError(`${variable} must be ${wanted}; it is "${value}"`);
  };

const guid = matching(
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'a GUID like 00000000-0000-0000-0000-000000000000',
);
const name = matching(/^[\w.-]{1,200}$/, 'a name of letters, digits, dots, hyphens and underscores');

/** No name: what listens there wants an address. */
const addressAndPort: Reader<string> = (variable, value) => {
  const {
    address = '',
    bracketed = '',
    port = '',
  } = /^(?:(?<address>[\d.]+)|\[(?<bracketed>.+)\]):(?<port>\d+)$/.exec(value)?.groups ?? {};
  const isAddress = isIP(address) === 4 || isIP(bracketed) === 6;
  if (isAddress && Number(port) > 0 && Number(port) < 65_536) return value;
  throw new ConfigError(`${variable} must be an IP address and a port, like 127.0.0.1:9464; it is "${value}"`);
};

const url: Reader<string> = (variable, value) => {
  if (!URL.canParse(value) || new URL(value).protocol !== 'https:') {
    throw new ConfigError(`${variable} must be an https URL; it is "${value}"`);
  }
  return new URL(value).origin;
};

/** A browser opens it, so that a machine's own address may go without a certificate. */
const webUrl: Reader<string> = (variable, value) => {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value.replace(/\/+$/, '');
  throw new ConfigError(`${variable} must be an http or https URL; it is "${value}"`);
};

const logLevel: Reader<LogLevel> = (variable, value) => {
  const level = logLevels.find((known) => known === value);
  if (level) return level;
  throw new ConfigError(`${variable} must be one of ${logLevels.join(', ')}; it is "${value}"`);
};
