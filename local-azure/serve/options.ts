import { parseArgs } from 'node:util';
import type { Settings } from '../settings.ts';

export type Options = {
  port: number;
  proxyPort: number;
  caFile?: string;
  intercept: boolean;
  seedDemo: boolean;
  /** Explicit: the clock stands still until the control host puts it forward. */
  clock: 'auto' | 'explicit';
  help: boolean;
  version: boolean;
  settings: Partial<Settings>;
};

/** Options that set a delay, in seconds. */
const delays = {
  'account-delay': 'storageAccount',
  'registration-delay': 'providerRegistration',
  'dns-delay': 'vaultDns',
  'policy-delay': 'accessPolicyEffect',
  'secret-deletion-delay': 'secretDeletion',
  'secret-recovery-delay': 'secretRecovery',
  'deletion-delay': 'deletion',
  'purge-delay': 'vaultPurge',
  'device-child-delay': 'deviceChild',
  'audit-delay': 'auditRecord',
  'category-delay': 'diagnosticCategories',
  'retry-after': 'retryAfter',
} as const satisfies Record<string, keyof Settings>;

export const usage = `Usage: local-azure [options]

Runs a local Azure on loopback and prints one line of JSON when it is ready.

  --port N                   listen here; 0 takes any free port (default 8443)
  --proxy-port N             listen here as a proxy that leads to the local Azure (default: any free port)
  --intercept                be public Azure for clients of the proxy: it leads here under Azure's own names, too
  --ca-file FILE             write the certificate authority to trust here (default: a temporary file)
  --time-scale N             divide every delay by N
  --clock explicit           let the clock stand still until it is put forward (default: auto)
  --throttling               refuse with 429 what exceeds the budgets of Azure
  --seed-demo                begin with the resource group edge-rg and its devices
  --version                  print the version
  -h, --help                 print this

Delays in seconds:
${Object.keys(delays)
  .map((name) => `  --${name} S`)
  .join('\n')}
`;

/** Throws an error with one line for the person who typed it. */
export const parseOptions = (args: string[]): Options => {
  const values = valuesIn(args);
  const timeScale = values['time-scale'];
  return {
    port: portFrom('port', values.port),
    proxyPort: portFrom('proxy-port', values['proxy-port']),
    ...(values['ca-file'] === undefined ? {} : { caFile: values['ca-file'] }),
    intercept: values.intercept,
    seedDemo: values['seed-demo'],
    clock: clockFrom(values.clock),
    help: values.help,
    version: values.version,
    settings: {
      ...delaysFrom(values),
      ...(values.throttling ? { throttling: true } : {}),
      ...(timeScale === undefined ? {} : { timeScale: positive('time-scale', timeScale) }),
    },
  };
};

const delayOptions = Object.fromEntries(Object.keys(delays).map((name) => [name, { type: 'string' as const }]));

const known = {
  port: { type: 'string', default: '8443' },
  'proxy-port': { type: 'string', default: '0' },
  intercept: { type: 'boolean', default: false },
  'ca-file': { type: 'string' },
  'time-scale': { type: 'string' },
  clock: { type: 'string', default: 'auto' },
  throttling: { type: 'boolean', default: false },
  'seed-demo': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
  ...delayOptions,
} as const;

const valuesIn = (args: string[]) => {
  try {
    return parseArgs({ args, options: known }).values;
  } catch (error) {
    const [reason = ''] = (error as Error).message.split(/\.?$/m);
    throw new Error(`${reason}; --help lists what there is`, { cause: error });
  }
};

const delaysFrom = (values: Record<string, string | boolean | undefined>): Partial<Settings> => {
  const settings: Partial<Settings> = {};
  for (const [option, setting] of Object.entries(delays)) {
    const value = values[option];
    if (typeof value === 'string') settings[setting] = 1000 * atLeastZero(option, value);
  }
  return settings;
};

const portFrom = (option: string, value: string): number => {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  throw new Error(`--${option} must be a number from 0 to 65535, not '${value}'`);
};

const clockFrom = (value: string): Options['clock'] => {
  if (value === 'auto' || value === 'explicit') return value;
  throw new Error(`--clock must be auto or explicit, not '${value}'`);
};

const atLeastZero = (option: string, value: string): number => {
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  throw new Error(`--${option} must be a number of seconds, not '${value}'`);
};

const positive = (option: string, value: string): number => {
  if (/^\d+(\.\d+)?$/.test(value) && Number(value) > 0) return Number(value);
  throw new Error(`--${option} must be a number above zero, not '${value}'`);
};
