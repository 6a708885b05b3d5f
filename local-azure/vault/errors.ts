import { refuse, type Refusal } from '../arm/answers.ts';

/**
 * What is wrong with the name of a vault, in Azure's words; nothing if it is good: 3 to 24 letters, digits and hyphens, a
 * letter first, no hyphen last, no two in a row.
 */
export const nameProblem = (name: string): string | undefined =>
  /^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/.test(name)
    ? undefined
    : `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must ` +
      'begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more ' +
      'information: https://go.microsoft.com/fwlink/?linkid=2147742';

/** Status assumed. */
export const nameNotValid = (problem: string): Refusal => refuse(400, 'VaultNameNotValid', problem);

export const nameTakenText = (name: string): string =>
  `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is ` +
  'already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name ' +
  'was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state ' +
  'then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, follow ' +
  'this link https://go.microsoft.com/fwlink/?linkid=2147740.';

/** The name is held elsewhere in the world: by another group, subscription or tenant. Status assumed. */
export const nameTaken = (name: string): Refusal => refuse(409, 'VaultAlreadyExists', nameTakenText(name));

/** The name is held by this very vault, deleted. Status and text from users' reports. */
export const heldByDeletedVault = (): Refusal =>
  refuse(
    409,
    'ConflictError',
    'A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. ' +
      'Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.',
  );

/** Status and text from users' reports; also said where the vault is alive or the deleted one belongs to another place (assumed). */
export const nothingToRecover = (): Refusal =>
  refuse(
    400,
    'SoftDeletedVaultDoesNotExist',
    'A soft deleted vault with the given name does not exist. Ensure that the name for the vault that is being attempted ' +
      'to recover is in a recoverable state. For more information on soft delete please follow this link ' +
      'https://go.microsoft.com/fwlink/?linkid=2149745',
  );

/** Code and text from users' reports, status assumed. */
export const purgeRefused = (): Refusal =>
  refuse(405, 'MethodNotAllowed', "Operation 'DeletedVaultPurge' is not allowed.");

/** Assumed. */
export const beingPurged = (): Refusal =>
  refuse(409, 'ConflictError', 'The vault is being purged and can no longer be recovered.');

export const badRequest = (message: string): Refusal => refuse(400, 'BadRequest', message);
