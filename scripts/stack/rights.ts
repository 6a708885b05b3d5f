/** Who may do what in the local Azure of a stack, beyond the roles that everybody there holds from the start. */
import { type ControlClient, connectControl } from '../../local-azure/control-client.ts';
import type { LocalAzureReady } from './local-azure.ts';

/**
 * Lets the operator read the audit log (`ase audit`), and the worker see its own access in it. In Azure nobody may read
 * blobs without such a role, owners not either. A `reset` of the local Azure leaves it to them.
 */
export async function grantAuditReading(azure: LocalAzureReady): Promise<void> {
  await withControl(azure, async (control) => {
    for (const principal of ['operator', 'worker']) {
      await control.call('assignRole', { principal, role: 'Storage Blob Data Reader' });
    }
    await control.call('snapshot', { id: 'start' });
  });
}

/** Gives the worker the right to delete just in time, and takes it back whatever becomes of `body`. */
export async function withRightToDelete(azure: LocalAzureReady, body: () => Promise<void>): Promise<void> {
  const deletion = { principal: 'worker', role: 'Edge Key Vault Deleter' };
  await withControl(azure, async (control) => {
    await control.call('assignRole', deletion);
    await body().finally(() => control.call('unassignRole', deletion));
  });
}

async function withControl(azure: LocalAzureReady, body: (control: ControlClient) => Promise<void>): Promise<void> {
  const control = await connectControl(azure);
  await body(control).finally(() => control.close());
}
