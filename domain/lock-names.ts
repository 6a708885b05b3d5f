/** Names of our locks, apart from the names that are made with hashes: workflows show them, too. */
export const keyVaultLockName = 'ase-key-vault-lock';
export const auditLockName = 'ase-audit-lock';
