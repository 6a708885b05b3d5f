/** What commands that start an operation have in common: they show its steps, let go when asked, end with its result. */
import type { Ase, DeviceStatus, Started } from '../client.ts';
import { statusCommand } from '../client/commands.ts';
import { blockedError } from '../client/situation.ts';
import type { Config } from '../config.ts';
import type { DeviceId } from '../domain/device.ts';
import { print, say, type CommonOptions } from './command.ts';
import { Detached, interrupted, untilInterrupted } from './interrupt.ts';
import { createNarrator, watch } from './progress.ts';

export type Operation = {
  config: Config;
  device: DeviceId;
  started: Started;
  /** One line: what was started, or joined. */
  announcement: string;
  options: CommonOptions & { wait: boolean };
};

/** Prints the result at the end, or at once what was started. @throws AseError of the operation; Blocked when it waits for a person */
export const seeThrough = async (ase: Ase, operation: Operation): Promise<void> => {
  const { config, device, started, announcement, options } = operation;
  if (!options.wait) {
    say(announcement);
    return print(started, options);
  }
  try {
    await untilInterrupted((signal) => {
      say(announcement);
      return follow(ase, config, { device, runId: started.runId, signal });
    });
  } catch (error) {
    if (!(error instanceof Detached)) throw error;
    say(`Detached: it goes on. Look again: ${statusCommand(device, config)} --watch`);
    process.exitCode = interrupted;
    return;
  }
  print(await ase.result(device.id, { runId: started.runId }), options);
};

/** Until the run has ended. @throws AseError Blocked when a step waits for a person */
const follow = async (
  ase: Ase,
  config: Config,
  { device, runId, signal }: { device: DeviceId; runId: string; signal: AbortSignal },
): Promise<void> => {
  const isBlocked = ({ blocked, execution }: DeviceStatus): boolean => blocked !== undefined && execution === 'running';
  const show = createNarrator(say, config);
  const last = await watch(ase, { deviceId: device.id, runId, show, enough: isBlocked, signal });
  if (last.blocked && isBlocked(last)) throw blockedError(device, last.blocked, config);
};
