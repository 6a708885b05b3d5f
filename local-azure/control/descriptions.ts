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
  neverRegister: { does: 'makes the registration of a provider begin and never end', example: { namespace } },
  letRegister: { does: 'undoes neverRegister', example: { namespace } },
  putGroup: { does: 'creates a resource group', example: { name: 'g', location: 'westeurope' } },
  putLock: {
    does: 'locks a subscription, group or resource; the level is CanNotDelete or ReadOnly',
    example: { scope: vault, name: 'keep', level: 'CanNotDelete', notes: 'do not touch' },
    optional: ['notes'],
  },
  removeLock: { does: 'removes a lock', example: { scope: vault, name: 'keep' } },
  putStrangersVault: {
    does: "creates somebody else's vault, in a group of ours or elsewhere",
    example: { name: 'theirs', group: 'g', location: 'westeurope' },
    optional: ['group', 'location'],
  },
  softDeleteVault: { does: 'deletes a vault, locked or not', example: { vaultName: 'kv-one' } },
  purgeVault: { does: 'purges a deleted vault', example: { vaultName: 'kv-one' } },
  moveVault: {
    does: 'moves a vault to another group of its subscription',
    example: { vaultName: 'kv-one', group: 'g' },
  },
  useRoles: { does: 'switches a vault to roles (Azure RBAC)', example: { vaultName: 'kv-one' } },
  useAccessPolicies: { does: 'undoes useRoles', example: { vaultName: 'kv-one' } },
  closeFirewall: { does: 'closes the firewall of a vault to all callers', example: { vaultName: 'kv-one' } },
  openFirewall: { does: 'opens a vault to all networks', example: { vaultName: 'kv-one' } },
  softDeleteSecret: {
    does: 'deletes a secret, named by its beginning, with all versions',
    example: { vaultName: 'kv-one', secret: 'ase-cik-' },
  },
  recoverSecret: { does: 'recovers a deleted secret', example: { vaultName: 'kv-one', secret: 'ase-cik-' } },
  disableSecret: {
    does: 'disables the latest version of a secret',
    example: { vaultName: 'kv-one', secret: 'ase-cik-' },
  },
  enableSecret: { does: 'undoes disableSecret', example: { vaultName: 'kv-one', secret: 'ase-cik-' } },
  enableIdentity: { does: 'enables the identity of a device', example: { device: 'edge-5' } },
  linkDevice: {
    does: "points a device's record at a vault, or at none if no vault is named",
    example: { device: 'edge-1', vaultName: 'kv-one' },
    optional: ['vaultName'],
  },
  recreateDevice: {
    does: 'deletes a device and creates it again under its name',
    example: { device: 'edge-1' },
  },
  takeRight: {
    does: 'removes a right from a principal',
    example: { principal: 'worker', action: 'Microsoft.Authorization/locks/*' },
  },
  giveBackRight: {
    does: 'restores a right that takeRight removed, by the same action',
    example: { principal: 'worker', action: 'Microsoft.Authorization/locks/*' },
  },
  assignRole: {
    does: 'assigns a known role by name, on the subscription if no scope is given',
    example: { principal: 'worker', role: 'Key Vault Secrets User', scope: vault },
    optional: ['scope'],
  },
  unassignRole: {
    does: 'removes a role assignment, on the subscription if no scope is given',
    example: { principal: 'worker', role: 'Key Vault Secrets User', scope: vault },
    optional: ['scope'],
  },
  readClock: { does: 'prints the time' },
  advanceClock: {
    does: 'advances the clock, by "ms" or "days" or to the date "until"',
    example: { days: 90 },
    judges: true,
  },
  readSettings: { does: 'prints the settings' },
  changeSettings: {
    does: 'changes settings, by the names that readSettings prints',
    example: { throttling: true, vaultDns: 0 },
    judges: true,
  },
  addFault: {
    does: 'adds a fault for the calls that match; "action" is one of those below',
    example: { method: 'PUT', host: 'management', path: '/vaults/', nth: 1, times: 2, action: 'loseAnswer' },
    judges: true,
  },
  removeFault: { does: 'ends a fault', example: { id: 'fault-1' } },
  clearFaults: { does: 'ends all faults' },
  listFaults: { does: 'lists the faults with the calls that each matched and hit' },
  snapshot: { does: 'saves the state under a name', example: { id: 'before' }, optional: ['id'] },
  restore: { does: 'restores a saved state; clears the request log and the faults', example: { id: 'before' } },
  reset: { does: 'restores the initial state and the initial settings' },
  listRequests: {
    does: 'lists the request log, without the first "since" requests',
    example: { since: 10 },
    optional: ['since'],
  },
  clearRequests: { does: 'empties the request log' },
};
