/** Every workflow type the worker runs; their names are an API. */
export { generateActivationKey } from './generate-activation-key.ts';
