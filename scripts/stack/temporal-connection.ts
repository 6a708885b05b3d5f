/** Connects to Temporal as the variables say, through the ecosystem's own rules for them. */
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';

/** Throws when no server answers within five seconds. */
export async function connectTemporal(env: NodeJS.ProcessEnv): Promise<Connection> {
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
  return Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
}
