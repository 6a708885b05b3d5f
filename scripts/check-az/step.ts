/** A transcript: one line a step, with the time since the start and the outcome. */
import { startSaying } from '../stack/say.ts';

/** Runs one step under its name, and passes its errors on. */
export type Step = (name: string, act: () => Promise<void>) => Promise<void>;

export function startTranscript(): Step {
  const say = startSaying();
  return async (name, act) => {
    try {
      await act();
      say(`ok      ${name}`);
    } catch (error) {
      say(`FAILED  ${name}`);
      throw error;
    }
  };
}
