/** A device's way to its first activation. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { removeAtEnd } from './reap-at-end.ts';
import type { Walk } from './walk.ts';

export const resourceGroup = 'edge-rg';

/** Returns the options of a command for a device of the demo world. */
export const optionsFor = (device: string): readonly string[] => ['-g', resourceGroup, '-n', device];

/** Requests an activation key, reads it and pastes it into the simulated device. */
export async function activateDevice({ ase, paste, say }: Walk, device: string): Promise<void> {
  await ase(`Request an activation key for ${device}`, ['key', 'generate', ...optionsFor(device)]);
  const folder = await mkdtemp(path.join(tmpdir(), 'ase-key-'));
  const release = removeAtEnd(folder);
  try {
    const keyFile = path.join(folder, 'key.txt');
    const show = ['key', 'show', ...optionsFor(device), '--out-file', keyFile];
    await ase('Read the key with the operator’s own right', show);
    await using key = await open(keyFile);
    await paste(`Paste it into the device ${device}`, device, key.fd);
  } finally {
    await rm(folder, { recursive: true, force: true });
    release();
  }
  say(`${device} is activated`);
}
