/** The whole life of two devices and their key vaults. */
import type { DeviceStatus, Posture } from '../../client.ts';
import { activateDevice, optionsFor } from './journey.ts';
import { withRightToDelete } from './rights.ts';
import { StepFailed, type Walk } from './walk.ts';

const activated = 'edge-1';
const waiting = 'edge-2';

/**
 * One device is activated and looked at; the other one's key is superseded, and its vault deleted and taken back; then both
 * devices go, one without its vault and one with it, which comes back as well.
 */
export async function walkWholeLife(walk: Walk): Promise<void> {
  const { ase, stack } = walk;
  const unwatched = ['key', 'generate', ...optionsFor(waiting), '--no-wait'];
  await ase(`Ask for a key for ${waiting}, to come back for it later`, unwatched);
  await activateDevice(walk, activated);
  await ase('Look how the device and its vault stand', showWithoutDrift(activated));
  await renewKey(walk);
  await ase('Read who called the vault', ['audit', ...optionsFor(waiting)]);
  walk.say('The worker gets the right to delete, just in time');
  await withRightToDelete(stack.azure, async () => {
    await loseVaultAndRecover(walk);
    await deleteKeepingVault(walk);
    await deleteWithVault(walk);
  });
  walk.say('The right to delete is taken back');
  const recover = ['vault', 'recover', ...optionsFor(activated)];
  await ase('Take back the vault of the device that is gone', recover);
  walk.say('That was the whole life of a key vault, and nothing was purged');
}

const showWithoutDrift = (device: string): string[] => ['device', 'show', ...optionsFor(device), '--fail-on-drift'];

async function renewKey({ ase, read }: Walk): Promise<void> {
  const regenerate = ['key', 'regenerate', ...optionsFor(waiting)];
  await ase(`Come back for the key of ${waiting}`, ['key', 'generate', ...optionsFor(waiting)]);
  await ase('Ask for another key: refused, the one that is there is good', regenerate, { endsWith: 1 });
  const { failure } = (await read(['status', ...optionsFor(waiting)])) as DeviceStatus;
  if (failure?.type !== 'KeyStillLive') throw new StepFailed('ase key regenerate', `refused as ${failure?.type}`);
  await ase('Make the old key useless, and issue a new one', [...regenerate, '--supersede']);
}

/** Who asks for it consents at once, which goes as far as our own secrets go. */
async function loseVaultAndRecover(walk: Walk): Promise<void> {
  const { ase } = walk;
  const consent = ['--consent', 'delete-vault', '--vault-name', await vaultOf(walk, waiting)];
  await ase('Delete the vault, with consent in advance', ['vault', 'delete', ...optionsFor(waiting), ...consent]);
  await ase('Take the vault back, and protect it again', ['vault', 'recover', ...optionsFor(waiting)]);
  await ase('Look whether all is as before', showWithoutDrift(waiting));
}

async function deleteKeepingVault(walk: Walk): Promise<void> {
  const consent = ['--consent', 'keep-vault', '--vault-name', await vaultOf(walk, waiting)];
  const deletion = ['device', 'delete', ...optionsFor(waiting), '--confirm', waiting, ...consent];
  await walk.ase('Delete a device and keep its vault', deletion);
}

/** The vault of an activated device holds secrets of the device: somebody has to look, and to say so. */
async function deleteWithVault({ ase, read }: Walk): Promise<void> {
  const device = optionsFor(activated);
  const deletion = ['device', 'delete', ...device, '--confirm', activated, '--allow-online'];
  await ase('Delete the activated device: waits for consent about its vault', deletion, { endsWith: 3 });
  await ase('Look what lies in the vault', ['status', ...device]);
  const asked = (await read(['status', ...device])) as DeviceStatus;
  if (!asked.consent) throw new StepFailed('ase device delete', 'it does not wait for consent');
  const { keyVaultName, inventory } = asked.consent;
  const consent = ['--decision', 'delete-vault', '--vault-name', keyVaultName, '--inventory', String(inventory)];
  const person = ['--by', 'security officer', '--reason', 'device retired'];
  await ase('Consent, as another person would', ['consent', ...device, ...consent, ...person]);
  await ase('Watch it go on to its end', ['status', ...device, '--watch']);
  const { execution } = (await read(['status', ...device])) as DeviceStatus;
  if (execution !== 'completed') throw new StepFailed('ase device delete', `the deletion is ${execution}`);
}

async function vaultOf({ read }: Walk, device: string): Promise<string> {
  const { keyVault } = (await read(['device', 'show', ...optionsFor(device)])) as Posture;
  if (keyVault) return keyVault.name;
  throw new StepFailed('ase device show', `${device} has no vault`);
}
