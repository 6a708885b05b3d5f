import { findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';

/** The Temporal command line whose server the driver is compared with, or why there is none. */
export const findTemporalCli = (): Promise<{ path: string } | { problem: string }> =>
  findTemporalBinary(process.env).catch((error: unknown) => ({
    problem: error instanceof Error ? error.message : String(error),
  }));
