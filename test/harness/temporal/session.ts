import type { Logger, LogLevel } from '@temporalio/common';
import type { VirtualClock } from '../clock.ts';
import type { History } from './history.ts';
import type { Command, Identity, Job, Sandbox, Workflows } from './internals.ts';
import { decode, encodeAll, toError } from './payloads.ts';
import { replay } from './replay.ts';

/** The worker's side of one run: its sandbox, which can be lost and rebuilt from the history at any time. */
export type Session = {
  activate(jobs: Job[]): Promise<Command[]>;
  /** Also after `close`, from the history, as a server would have it done. */
  query(name: string, args: unknown[]): Promise<unknown>;
  /** Throws the sandbox away and replays the history in a new one. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
};

type Options = { workflows: Workflows; identity: Identity; history: History; clock: VirtualClock; logger: Logger };

export async function openSession({ workflows, identity, history, clock, logger }: Options): Promise<Session> {
  let sandbox: Sandbox | undefined = await workflows.open(identity);

  async function replayed(): Promise<Sandbox> {
    const fresh = await workflows.open(identity);
    await replay(fresh, history.activations);
    return fresh;
  }

  async function ask(sandbox: Sandbox, name: string, args: unknown[]): Promise<unknown> {
    const jobs = [{ queryWorkflow: { queryId: 'query', queryType: name, arguments: encodeAll(args) } }];
    const at = clock.now();
    const { commands } = await sandbox.activate({
      at,
      jobs,
      replaying: false,
      flags: [],
      historyLength: history.events,
    });
    const { succeeded, failed } = commands[0]?.respondToQuery ?? {};
    if (failed) throw toError(failed);
    const answer = decode(succeeded?.response);
    history.note(`answer to query ${name}`, answer);
    return answer;
  }

  return {
    async activate(jobs) {
      if (!sandbox) throw new Error(`${identity.workflowId} is closed`);
      // As the worker sees it: this task's scheduled and started events are in the history already.
      const activation = { at: clock.now(), jobs, historyLength: history.events + 2 };
      const { commands, flags, sinkCalls } = await sandbox.activate({ ...activation, replaying: false, flags: [] });
      history.activations.push({ ...activation, commands, flags });
      for (const { ifaceName, fnName, args } of sinkCalls)
        if (ifaceName === '__temporal_logger') {
          const [message, attributes] = args as [string, Record<string, unknown>];
          logger.log(fnName.toUpperCase() as LogLevel, message, attributes);
        }
      return commands;
    },
    async query(name, args) {
      if (sandbox) return ask(sandbox, name, args);
      const past = await replayed();
      try {
        return await ask(past, name, args);
      } finally {
        await past.dispose();
      }
    },
    async rebuild() {
      await sandbox?.dispose();
      sandbox = await replayed();
    },
    async close() {
      await sandbox?.dispose();
      sandbox = undefined;
    },
  };
}
