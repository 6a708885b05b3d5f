import type { RequestEntry } from '../local-azure/request-log.ts';
import type { ArmName } from './arms.ts';

export type Calls = { reads: number; writes: number };

/**
 * The calls of one arm to Azure Resource Manager and Key Vault: those of its principal, and those to its vault
 * without a token, by which the secret client learns which tokens the vault accepts. A write is a call that changed something; token
 * requests and calls to a host that did not resolve yet do not count.
 */
export const countCalls = (requests: readonly RequestEntry[], arm: ArmName, vaultName: string): Calls => {
  const calls = requests.filter(
    ({ principal, host, status }) =>
      status !== undefined &&
      !host.startsWith('login.') &&
      (principal === undefined ? host.startsWith(`${vaultName}.`) : principal === arm),
  );
  const writes = calls.filter(({ write }) => write).length;
  return { reads: calls.length - writes, writes };
};
