import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { Control } from './control.ts';
import type { ActivationResult } from './device/activate.ts';
import type { FaultRule } from './faults/index.ts';
import { loopbackAgent } from './loopback-agent.ts';
import type { RequestEntry } from './request-log.ts';

/** Part of the line that a served local Azure prints. */
export type ControlAddress = { controlEndpoint: string; caFile: string };

/** What a control function takes; expressions do not travel, so a fault names its host and path by a part of them. */
export type ControlArgument<Name extends keyof Control> = Name extends 'addFault'
  ? FaultRule & { host?: string; path?: string }
  : Parameters<Control[Name]>[0];

/** The controls of a local Azure that runs in another process. Every call rejects if it is refused. */
export type ControlClient = {
  /** Pastes a key into a simulated device, named by ARM id or by name. */
  activateDevice(device: string, key: string): Promise<ActivationResult>;
  call<Name extends keyof Control>(name: Name, argument?: ControlArgument<Name>): Promise<ReturnType<Control[Name]>>;
  /** The request log, oldest first, without the first so many. */
  requests(since?: number): Promise<RequestEntry[]>;
  close(): void;
};

export const connectControl = async ({ controlEndpoint, caFile }: ControlAddress): Promise<ControlClient> => {
  const agent = loopbackAgent(await readFile(caFile, 'utf8'));
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = https.request(`${controlEndpoint}${path}`, { method, agent, headers });
    request.end(body === undefined ? '' : JSON.stringify(body));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const answer = JSON.parse(await text(response)) as unknown;
    if (response.statusCode === 200) return answer;
    throw new Error((answer as { error: { message: string } }).error.message);
  };
  return {
    activateDevice: (device, key) =>
      send('POST', `/devices/${encodeURIComponent(device)}/activate`, { key }) as Promise<ActivationResult>,
    call: async <Name extends keyof Control>(name: Name, argument?: ControlArgument<Name>) => {
      const { result } = (await send('POST', `/${name}`, argument ?? {})) as { result: unknown };
      return result as ReturnType<Control[Name]>;
    },
    requests: (since = 0) => send('GET', `/requests?since=${since}`) as Promise<RequestEntry[]>,
    close: () => agent.destroy(),
  };
};
