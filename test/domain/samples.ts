/** A device to talk about, and arbitrary ones. */
import fc from 'fast-check';
import { deviceIdOf, type Device, type DeviceId } from '../../domain/device.ts';

export const device: Device = {
  ...deviceIdOf('11111111-2222-3333-4444-555555555555', 'edge-rg', 'edge-1'),
  location: 'westeurope',
  principalId: 'aaaaaaaa-0000-0000-0000-000000000001',
  tenantId: 'bbbbbbbb-0000-0000-0000-000000000002',
};

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const alphanumeric = `${letters}0123456789`;
const textOf = (characters: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...characters.split('')), minLength, maxLength });

/** By Azure's rules: 2 to 50 letters, digits and hyphens, no hyphen first or last. */
export const deviceNames = fc
  .tuple(textOf(alphanumeric, 1), textOf(`${alphanumeric}-`, 0, 48), textOf(alphanumeric, 1))
  .map((parts) => parts.join(''));

/** By Azure's rules: 1 to 90 letters, digits and `_-.()`, no dot last. */
export const groupNames = fc
  .tuple(textOf(`${alphanumeric}_-.()`, 0, 89), textOf(`${alphanumeric}_-()`, 1))
  .map((parts) => parts.join(''));

export const deviceIds: fc.Arbitrary<DeviceId> = fc
  .tuple(fc.uuid(), groupNames, deviceNames)
  .map((parts) => deviceIdOf(...parts));

/** The same text with letters in either case. */
export const spellingsOf = (original: string): fc.Arbitrary<string> =>
  fc.array(fc.boolean(), { minLength: original.length, maxLength: original.length }).map((upper) =>
    original
      .split('')
      .map((c, at) => (upper[at] ? c.toUpperCase() : c.toLowerCase()))
      .join(''),
  );
