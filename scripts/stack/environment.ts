/** The environment variables by which the product reaches the stack. */
import type { Environment } from './env-file.ts';
import type { AzurePrincipal, LocalAzureReady } from './local-azure.ts';

/** The variables that connect to Temporal; `TEMPORAL_ADDRESS` and `TEMPORAL_NAMESPACE` are always among them. */
export type TemporalVariables = Environment & { TEMPORAL_ADDRESS: string; TEMPORAL_NAMESPACE: string };

export const taskQueue = 'ase';

/**
 * For a server of ours. `configFile` holds `temporalToml`: without a file of our own the user's `temporal.toml` would
 * mix in, where an API key alone switches TLS on.
 */
export function ownTemporal(address: string, configFile: string, uiUrl?: string): TemporalVariables {
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: configFile,
    ...(uiUrl === undefined ? {} : { ASE_TEMPORAL_UI: uiUrl }),
  };
}

export function temporalToml(address: string): string {
  return `[profile.default]\naddress = "${address}"\nnamespace = "default"\n`;
}

/** For the user's server: all variables that the user has set for it. */
export function usersTemporal(address: string, env: NodeJS.ProcessEnv): TemporalVariables {
  const set = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[0].startsWith('TEMPORAL_') && entry[1] !== undefined,
  );
  return {
    ...Object.fromEntries(set),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: env['TEMPORAL_NAMESPACE'] ?? 'default',
  };
}

/** The common variables of the worker and the command line; each acts as a principal of its own. */
export function variablesFor(
  principal: AzurePrincipal,
  azure: LocalAzureReady,
  temporal: TemporalVariables,
): Environment {
  return {
    ...temporal,
    AZURE_TENANT_ID: azure.tenantId,
    AZURE_CLIENT_ID: principal.clientId,
    AZURE_CLIENT_SECRET: principal.clientSecret,
    AZURE_AUTHORITY_HOST: azure.authorityHost,
    AZURE_SUBSCRIPTION_ID: azure.subscriptionId,
    ASE_ARM_ENDPOINT: azure.armEndpoint,
    ASE_TASK_QUEUE: taskQueue,
    NODE_EXTRA_CA_CERTS: azure.caFile,
  };
}

/**
 * The environment of our children: ours without the user's variables for other clouds and servers, and with
 * loopback exempt from proxies.
 */
export function surroundings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(AZURE|TEMPORAL)_/.test(name));
  const direct = [env['NO_PROXY'] ?? env['no_proxy'], 'localhost', '.localhost', '127.0.0.1'].filter(Boolean).join(',');
  return { ...Object.fromEntries(kept), NO_PROXY: direct, no_proxy: direct };
}
