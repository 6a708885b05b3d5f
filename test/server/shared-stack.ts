/**
 * One stack for the suites of a process that need nothing of their own, one suite after another: each finds the demo world
 * as it was at first, and a Temporal that knows of no workflow.
 */
import { after } from 'node:test';
import { codes, grpcCode } from '../../client/grpc.ts';
import { assertNothingPurged } from '../harness/invariants.ts';
import { openStack, type Stack } from './stack.ts';
import { until } from './until.ts';

let opened: Promise<Stack> | undefined;
let lent = false;

after(async () => (await opened)?.close());

/** As `openStack`; who has stopped its worker starts another one before giving it back by `close`. */
export const borrowStack = async (): Promise<Stack> => {
  if (lent) throw new Error('another suite has the stack: suites borrow it one after another');
  lent = true;
  opened ??= openAtStart();
  const stack = await opened;
  const giveBack = async (): Promise<void> => {
    assertNothingPurged(stack.azure);
    await forgetWorkflows(stack);
    // Now that nobody writes any more.
    stack.azure.control.reset();
    lent = false;
  };
  return { ...stack, close: giveBack };
};

const openAtStart = async (): Promise<Stack> => {
  const stack = await openStack();
  stack.azure.control.snapshot({ id: 'start' });
  return stack;
};

/** The list follows what happens at a distance: asked again until it is empty. */
const forgetWorkflows = async ({ client, connection }: Stack): Promise<void> => {
  await until('Temporal has forgotten every workflow', async () => {
    const found = await Array.fromAsync(client.workflow.list());
    for (const { workflowId, runId } of found) {
      await connection.workflowService
        .deleteWorkflowExecution({ namespace: 'default', workflowExecution: { workflowId, runId } })
        .catch(unlessGone);
    }
    return found.length === 0;
  });
};

const unlessGone = (error: unknown): void => {
  if (grpcCode(error) !== codes.notFound) throw error;
};
