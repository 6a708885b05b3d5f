import type { Principal } from '../entra/principals.ts';
import type { State } from '../state.ts';

/** What a simulated device needs of the local Azure around it. */
export type Surroundings = {
  state: State;
  fetch: (request: Request) => Promise<Response>;
  issueToken: (principal: Principal, audience: string) => string;
  /** The local Azure's clock, milliseconds. */
  now: () => number;
};
