/** The results of steps that later steps use. */
export const world = {
  group: 'check-rg',
  device: 'check-device',
  vault: 'check-vault',
  account: 'checkaudit',
} as const;

export const inGroup = ['-g', world.group];
export const location = ['-l', 'westeurope'];
