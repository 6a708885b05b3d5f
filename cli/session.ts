import type { Ase } from '../client.ts';
import type { Config } from '../config.ts';
import { say, type CommonOptions } from './command.ts';

/** Connects, runs the command's work, and always lets go of the connection. */
export const withAse = async <T>(
  config: Config,
  { verbose = false }: CommonOptions,
  work: (ase: Ase) => Promise<T>,
): Promise<T> => {
  if (verbose) say(`Temporal at ${config.address}, namespace ${config.namespace}, task queue ${config.taskQueue}`);
  // The client of Temporal takes a while to load: only who needs it waits for that.
  const { connect } = await import('../client.ts');
  const ase = await connect({ config });
  try {
    return await work(ase);
  } finally {
    await ase.close();
  }
};
