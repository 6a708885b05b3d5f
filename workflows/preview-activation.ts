import type { GenerateActivationKeyInput } from '../domain/activation-input.ts';
import type { ActivationPreview } from '../domain/preview.ts';
import { runLook } from './look.ts';

/** Returns what `generateActivationKey` with this input would do now, and the obstacles. Writes nothing. */
export async function previewActivation(input: GenerateActivationKeyInput): Promise<ActivationPreview> {
  return runLook('readActivationPreview', input);
}
