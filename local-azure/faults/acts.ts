import type { FaultAction, PlainFault } from './action.ts';
import { cut, givenAnswer, htmlPage, rawAnswer, truncated, withFailedOperation } from './answers.ts';
import { repeatable, type FaultedCall } from './call.ts';
import { connectionRefused, connectionReset, executeInClosedNetwork, untilAborted } from './network.ts';
import { modifyAfterWrite, refusedByPolicy } from './policy.ts';
import { withServiceHeaders } from './service-headers.ts';
import type { RequestEntry } from '../request-log.ts';
import { unresolved } from '../socket-error.ts';

type Act = (call: FaultedCall) => Promise<Response> | Response;

/** Answers a call as the fault has it, or throws what a socket would. */
export const answerWithFault = async (action: FaultAction, call: FaultedCall): Promise<Response> => {
  const { request, url, entry, execute } = call;
  if (typeof action === 'string') return await plainActs[action](call);
  if ('deliverLate' in action) {
    const again = await repeatable(request);
    call.later(action.deliverLate, () => ignoringAnswer(execute(again(), entry)));
    throw connectionReset();
  }
  if ('failOperation' in action) return await withFailedOperation(await execute(request, entry), action.failOperation);
  if ('modifyAfterWrite' in action) return await modifyAfterWrite(call, action.modifyAfterWrite);
  if ('body' in action || 'base64' in action) return noted(entry, rawAnswer(action));
  const answer = 'denyByPolicy' in action ? refusedByPolicy(url, action.denyByPolicy) : givenAnswer(action, call);
  return noted(entry, withServiceHeaders(call, answer));
};

const noted = (entry: RequestEntry, answer: Response): Response => {
  entry.status = answer.status;
  return answer;
};

const plainActs: Readonly<Record<PlainFault, Act>> = {
  refuse: ({ url }) => {
    throw connectionRefused(url.hostname);
  },
  unresolved: ({ url }) => {
    throw unresolved(url.hostname);
  },
  reset: async ({ request }) => {
    await request.arrayBuffer();
    throw connectionReset();
  },
  loseAnswer: async ({ request, entry, execute }) => {
    await execute(request, entry);
    throw connectionReset();
  },
  hang: ({ request }) => untilAborted(request.signal),
  deliverTwice: async ({ request, entry, execute }) => {
    const again = await repeatable(request);
    await ignoringAnswer(execute(again(), entry));
    return await execute(again(), entry);
  },
  staleRead: ({ request, entry, execute, formerState }) => execute(request, entry, formerState()),
  truncateBody: async ({ request, entry, execute }) => await truncated(await execute(request, entry)),
  cutJson: async ({ request, entry, execute }) => await cut(await execute(request, entry)),
  htmlPage: ({ entry }) => noted(entry, htmlPage()),
  closeNetwork: executeInClosedNetwork,
};

/** Nobody is there any more to hear what came of it. */
const ignoringAnswer = async (answer: Promise<Response>): Promise<void> => {
  await answer.catch(() => undefined);
};
