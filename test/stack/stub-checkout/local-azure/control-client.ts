/** Stands in for the controls of the local Azure: notes what happens. */
import { appendFileSync } from 'node:fs';

type Argument = { principal?: string; role?: string };

export type ControlClient = { call: (name: string, argument: Argument) => Promise<void>; close: () => void };

export const connectControl = (): Promise<ControlClient> =>
  Promise.resolve({
    call: (name, { principal, role }) => {
      if (role !== undefined) appendFileSync('runs', `control ${name} ${principal} ${role}\n`);
      return Promise.resolve();
    },
    close: () => undefined,
  });
