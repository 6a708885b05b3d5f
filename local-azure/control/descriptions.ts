import type { Control } from '../control.ts';

type Argument<Name extends keyof Control> = NonNullable<Parameters<Control[Name]>[0]>;

type Description<Taken> = {
  does: string;
  /** What it may take, with every member unless `judges`; absent if it takes nothing. */
  example?: Taken;
  /** Members that may be left out. */
  optional?: readonly (keyof Taken)[];
  /** It says by itself what is wrong with its argument. */
  judges?: true;
};

const vault = `/subscriptions/ID/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv-one`;
const namespace = 'Microsoft.Storage';

/** Each function of the controls, for people who call them by hand. */
export const descriptions: { [Name in keyof Control]: Description<Argument<Name>> } = {
  register: { does: 'registers a resource provider at once', example: { namespace } },
  neverRegister: { does: 'lets the registration of a provider begin and never end', example: { namespace } },
  letRegister: { does: 'undoes neverRegister', example: { namespace } },
  putGroup: { does: 'makes a resource group', example: { name: 'g', location: 'westeurope' } },
  putLock: {
    does: 'locks a subscription, group or resource; the level is CanNotDelete or ReadOnly',
    example: { scope: vault, name: 'keep', level: 'CanNotDelete', notes: 'do not touch' },
    optional: ['notes'],
  },
  removeLock: { does: 'takes a lock away', example: { scope: vault, name: 'keep' } },
  putStrangersVault: {
    does: "makes somebody else's vault, in a group of ours or far away",
    example: { name: 'theirs', group: 'g', location: 'westeurope' },
    optional: ['group', 'location'],
  },
  softDeleteVault: { does: 'deletes a vault, locked or not', example: { vaultName: 'kv-one' } },
  purgeVault: { does: 'ends a deleted vault for good', example: { vaultName: 'kv-one' } },
  moveVault: {
    does: 'moves a vault to another group of its subscription',
    example: { vaultName: 'kv-one', group: 'g' },
  },
  useRoles: { does: 'lets roles decide about the content of a vault', example: { vaultName: 'kv-one' } },
  useAccessPolicies: { does: 'undoes useRoles', example: { vaultName: 'kv-one' } },
  closeFirewall: { does: 'lets the firewall of a vault deny everybody', example: { vaultName: 'kv-one' } },
  openFirewall: { does: 'opens a vault to all networks', example: { vaultName: 'kv-one' } },
  softDeleteSecret: {
    does: 'deletes a secret, named by its beginning, with all versions',
    example: { vaultName: 'kv-one', secret: 'ase-cik-' },
  },
  recoverSecret: { does: 'takes a deleted secret back', example: { vaultName: 'kv-one', secret: 'ase-cik-' } },
  disableSecret: {
    does: 'disables the latest version of a secret',
    example: { vaultName: 'kv-one', secret: 'ase-cik-' },
  },
  enableSecret: { does: 'undoes disableSecret', example: { vaultName: 'kv-one', secret: 'ase-cik-' } },
  enableIdentity: { does: 'switches on the identity of a device', example: { device: 'edge-5' } },
  linkDevice: {
    does: 'has the record of a device lead to a vault, or without one to none',
    example: { device: 'edge-1', vaultName: 'kv-one' },
    optional: ['vaultName'],
  },
  recreateDevice: {
    does: 'deletes a device and creates it again under its name',
    example: { device: 'edge-1' },
  },
  takeRight: {
    does: 'takes a right away from a principal',
    example: { principal: 'worker', action: 'Microsoft.Authorization/locks/*' },
  },
  giveBackRight: {
    does: 'gives back what takeRight took, by the same text',
    example: { principal: 'worker', action: 'Microsoft.Authorization/locks/*' },
  },
  assignRole: {
    does: 'assigns a role that it knows by name, on the whole subscription unless said',
    example: { principal: 'worker', role: 'Key Vault Secrets User', scope: vault },
    optional: ['scope'],
  },
  unassignRole: {
    does: 'takes a role back that was assigned there, on the whole subscription unless said',
    example: { principal: 'worker', role: 'Key Vault Secrets User', scope: vault },
    optional: ['scope'],
  },
  readClock: { does: 'tells the time' },
  advanceClock: {
    does: 'puts the clock forward, by "ms" or "days" or to the date "until"',
    example: { days: 90 },
    judges: true,
  },
  readSettings: { does: 'tells the settings' },
  changeSettings: {
    does: 'changes settings by the names that readSettings tells',
    example: { throttling: true, vaultDns: 0 },
    judges: true,
  },
  addFault: {
    does: 'adds a fault: what happens to the calls that match; "action" is one of those below',
    example: { method: 'PUT', host: 'management', path: '/vaults/', nth: 1, times: 2, action: 'loseAnswer' },
    judges: true,
  },
  removeFault: { does: 'ends a fault', example: { id: 'fault-1' } },
  clearFaults: { does: 'ends all faults' },
  listFaults: { does: 'lists the faults with the calls that each matched and hit' },
  snapshot: { does: 'keeps the world as it is under a name', example: { id: 'before' }, optional: ['id'] },
  restore: { does: 'goes back to a kept world; the log and the faults start anew', example: { id: 'before' } },
  reset: { does: 'goes back to the first world and the first settings' },
  listRequests: { does: 'the request log, without the first so many', example: { since: 10 }, optional: ['since'] },
  clearRequests: { does: 'empties the request log' },
};
