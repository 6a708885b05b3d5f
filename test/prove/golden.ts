/** The undisturbed run of a scenario: every request of the worker, every attempt of an activity, and how each ended. */
import type { State } from '../../local-azure/state.ts';
import type { Grant } from '../harness/sign-in.ts';
import type { Beginning } from '../harness/world.ts';
import type { Scenario } from './scenarios.ts';

/** A request of the worker. */
export type Site = {
  /** Counted from 0. */
  site: number;
  /** The attempt that made it. */
  attempt: number;
  method: string;
  host: string;
  path: string;
  action: string | undefined;
  write: boolean;
  /** What the worker saw: the status and the body. */
  seen: string;
  hasBody: boolean;
  /** The world before the last write that came before it. */
  former: State | undefined;
};

/** An attempt of an activity, with all that is needed to go on from its beginning without running what came before. */
export type Attempt = {
  name: string;
  /** The first request that it makes, if it makes any. */
  site: number;
  state: State;
  ending: { value: unknown } | { error: unknown };
  /** Tokens that the worker held when it began. */
  tokens: readonly Grant[];
  /** What it told later attempts. */
  memory: Record<string, unknown>;
};

export type Golden = {
  scenario: Scenario;
  beginning: Beginning;
  sites: readonly Site[];
  attempts: readonly Attempt[];
  /** Tokens that the worker held in the end. */
  tokens: readonly Grant[];
  /** How many attempts had begun after each step of the server, the start being the first. */
  begunAfter: readonly number[];
  /** Blocks that a person was asked about. */
  blocks: number;
  /** Milliseconds of the clock. */
  duration: number;
  /** Writes of the worker, by the name of the action. */
  writes: Readonly<Record<string, number>>;
};
