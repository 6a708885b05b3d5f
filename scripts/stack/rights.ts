/** Who may do what in the local Azure of a stack, beyond the roles that everybody there holds from the start. */
import { type ControlClient, connectControl } from '../../local-azure/control-client.ts';
import type { LocalAzureReady } from './local-azure.ts';

/**
 * Grants the operator and the worker the right to read the audit log (`ase audit`). In Azure, no principal may read
 * blobs without such a role, not even an owner. A `reset` of the local Azure keeps the right.
 */
export async function grantAuditReading(azure: LocalAzureReady): Promise<void> {
  await withControl(azure, async (control) => {
    for (const principal of ['operator', 'worker']) {
      await control.call('assignRole', { principal, role: 'Storage Blob Data Reader' });
    }
    await control.call('snapshot', { id: 'start' });
  });
}

/** Grants the worker the right to delete while `body` runs, and revokes it in any case. */
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
