import type { GenerateActivationKeyInput } from '../domain/activation-input.ts';
import type { ActivationPreview } from '../domain/preview.ts';
import { runLook } from './look.ts';

/** What `generateActivationKey` with this input would do now, and what would stand in its way. Nothing is written. */
export async function previewActivation(input: GenerateActivationKeyInput): Promise<ActivationPreview> {
  return runLook('readActivationPreview', input);
}
