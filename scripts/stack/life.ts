/** The whole life of two devices and their key vaults. */
import type { DeviceStatus, Posture } from '../../client.ts';
import { activateDevice, optionsFor } from './journey.ts';
import { withRightToDelete } from './rights.ts';
import { StepFailed, type Walk } from './walk.ts';

const activated = 'edge-1';
const waiting = 'edge-2';

/**
 * Activates and inspects one device; supersedes the key of the other one, and deletes and recovers its vault; then deletes
 * both devices, one without its vault and one with its vault, which is recovered as well.
 */
export async function walkWholeLife(walk: Walk): Promise<void> {
  const { ase, stack } = walk;
  const unwatched = ['key', 'generate', ...optionsFor(waiting), '--no-wait'];
  await ase(`Request a key for ${waiting}, and read it later`, unwatched);
  await activateDevice(walk, activated);
  await ase('Show the status of the device and its vault', showWithoutDrift(activated));
  await renewKey(walk);
  await ase('Read who called the vault', ['audit', ...optionsFor(waiting)]);
  walk.say('The worker gets the right to delete, for a limited time');
  await withRightToDelete(stack.azure, async () => {
    await loseVaultAndRecover(walk);
    await deleteKeepingVault(walk);
    await deleteWithVault(walk);
  });
  walk.say('The right to delete is revoked');
  const recover = ['vault', 'recover', ...optionsFor(activated)];
  await ase('Recover the vault of the deleted device', recover);
  walk.say('That was the whole life of a key vault, and nothing was purged');
}

const showWithoutDrift = (device: string): string[] => ['device', 'show', ...optionsFor(device), '--fail-on-drift'];

async function renewKey({ ase, read }: Walk): Promise<void> {
  const regenerate = ['key', 'regenerate', ...optionsFor(waiting)];
  await ase(`Get the key of ${waiting}`, ['key', 'generate', ...optionsFor(waiting)]);
  await ase('Request another key: refused, because the present one is still valid', regenerate, { endsWith: 1 });
  const { failure } = (await read(['status', ...optionsFor(waiting)])) as DeviceStatus;
  if (failure?.type !== 'KeyStillLive') throw new StepFailed('ase key regenerate', `refused as ${failure?.type}`);
  await ase('Supersede the old key by a new one', [...regenerate, '--supersede']);
}

/** The requester consents in advance, which covers only our own secrets. */
async function loseVaultAndRecover(walk: Walk): Promise<void> {
  const { ase } = walk;
  const consent = ['--consent', 'delete-vault', '--vault-name', await vaultOf(walk, waiting)];
  await ase('Delete the vault, with consent in advance', ['vault', 'delete', ...optionsFor(waiting), ...consent]);
  await ase('Recover the vault and its protection', ['vault', 'recover', ...optionsFor(waiting)]);
  await ase('Check that the device has no drift', showWithoutDrift(waiting));
}

async function deleteKeepingVault(walk: Walk): Promise<void> {
  const consent = ['--consent', 'keep-vault', '--vault-name', await vaultOf(walk, waiting)];
  const deletion = ['device', 'delete', ...optionsFor(waiting), '--confirm', waiting, ...consent];
  await walk.ase('Delete a device and keep its vault', deletion);
}

/** The vault of an activated device contains secrets of the device: an approver must read the inventory and consent. */
async function deleteWithVault({ ase, read }: Walk): Promise<void> {
  const device = optionsFor(activated);
  const deletion = ['device', 'delete', ...device, '--confirm', activated, '--allow-online'];
  await ase('Delete the activated device: the operation waits for consent about its vault', deletion, { endsWith: 3 });
  await ase('Show the contents of the vault', ['status', ...device]);
  const asked = (await read(['status', ...device])) as DeviceStatus;
  if (!asked.consent) throw new StepFailed('ase device delete', 'the deletion does not wait for consent');
  const { keyVaultName, inventory } = asked.consent;
  const consent = ['--decision', 'delete-vault', '--vault-name', keyVaultName, '--inventory', String(inventory)];
  const person = ['--by', 'security officer', '--reason', 'device retired'];
  await ase('Consent, as another person would', ['consent', ...device, ...consent, ...person]);
  await ase('Watch the operation to its end', ['status', ...device, '--watch']);
  const { execution } = (await read(['status', ...device])) as DeviceStatus;
  if (execution !== 'completed') throw new StepFailed('ase device delete', `the deletion is ${execution}`);
}

async function vaultOf({ read }: Walk, device: string): Promise<string> {
  const { keyVault } = (await read(['device', 'show', ...optionsFor(device)])) as Posture;
  if (keyVault) return keyVault.name;
  throw new StepFailed('ase device show', `${device} has no vault`);
}
