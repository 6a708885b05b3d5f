/** Every workflow type the worker runs; their names are an API. */
export { generateActivationKey } from './generate-activation-key.ts';
export { deleteDevice } from './delete-device.ts';
export { deleteKeyVault } from './delete-key-vault.ts';
export { regenerateActivationKey } from './regenerate-activation-key.ts';
export { inspectDevice, previewActivation } from './looks.ts';
export { repairDevice } from './repair-device.ts';
export { recoverKeyVault } from './recover-key-vault.ts';
