/** What commands that start an operation have in common: they show its steps, let go when asked, end with its result. */
import type { Ase, DeviceStatus, Started } from '../client.ts';
import { blockedError, consentAwaited } from '../client/situation.ts';
import type { Config } from '../config.ts';
import type { DeviceId } from '../domain/device.ts';
import type { ConsentQuestion } from '../workflows/messages.ts';
import { print, say, type CommonOptions } from './command.ts';
import { statusCommand } from './hints.ts';
import { Detached, interrupted, untilInterrupted } from './interrupt.ts';
import { createNarrator, watch } from './progress.ts';

export type Operation = {
  config: Config;
  device: DeviceId;
  started: Started;
  /** One line: what was started, or joined. */
  announcement: string;
  options: CommonOptions & { wait: boolean };
  /** Answers what the operation asks, where somebody is there to do so. @throws AseError ConsentAwaited */
  answer?: (question: ConsentQuestion, signal: AbortSignal) => Promise<void>;
  /** Says what people should know of the result. */
  remark?: (result: object) => void;
};

/** Prints the result at the end, or at once what was started. @throws AseError of the operation; Blocked or ConsentAwaited */
export const seeThrough = async (ase: Ase, operation: Operation): Promise<void> => {
  const { device, started, announcement, options, config } = operation;
  if (!options.wait) {
    say(announcement);
    return print(started, options);
  }
  try {
    await untilInterrupted((signal) => {
      say(announcement);
      return follow(ase, operation, signal);
    });
  } catch (error) {
    if (!(error instanceof Detached)) throw error;
    say(`Detached: it goes on. Look again: ${statusCommand(device, config)} --watch`);
    process.exitCode = interrupted;
    return;
  }
  const result = await ase.result({ deviceId: device.id, runId: started.runId });
  print(result, options);
  operation.remark?.(result);
};

/** Until the run has ended. @throws AseError Blocked, ConsentAwaited when it waits for a person who is not here */
const follow = async (ase: Ase, operation: Operation, signal: AbortSignal): Promise<void> => {
  const { config, device, started, answer } = operation;
  const waitsForPerson = ({ blocked, consent }: DeviceStatus): boolean => (blocked ?? consent) !== undefined;
  const watched = { deviceId: device.id, runId: started.runId, show: createNarrator(say, config), signal };
  for (;;) {
    const { execution, blocked, consent } = await watch(ase, { ...watched, enough: waitsForPerson });
    if (execution !== 'running') return;
    if (blocked) throw blockedError(device, blocked);
    if (!consent) continue;
    if (!answer) throw consentAwaited(device, consent);
    await answer(consent, signal);
  }
};
