/** A worker of the product's workflows, on the real server, whose first step fails as a scene wants it: any type, at once. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { throughOneDoor } from '../../activities/failure.ts';
import type { Activities } from '../../activities/index.ts';
import type { DeviceId } from '../../domain/device.ts';
import { Refusal, type FailureType } from '../../domain/failures.ts';
import { withoutPatience } from '../harness/failing.ts';
import { bundleForTests } from '../harness/temporal/index.ts';
import type { Stack } from '../server/stack.ts';

export type FailingWorker = Awaited<ReturnType<typeof openFailingWorker>>;

const taskQueue = 'ase-failing';

export const openFailingWorker = async ({ temporal }: Stack) => {
  const told = new Map<string, FailureType[]>();
  const activities = throughOneDoor({
    planActivation: ({ deviceId }: { deviceId: string }) => {
      const causes = told.get(deviceId) ?? [];
      const type = (causes.length > 1 ? causes.shift() : causes[0]) ?? 'Unexpected';
      return Promise.reject(new Refusal(type, `${type} was told to happen. ${'Azure said much. '.repeat(8)}`));
    },
  });
  const connection = await NativeConnection.connect({ address: temporal.address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { code: await bundleForTests() },
    activities: withoutPatience(activities as unknown as Activities),
  });
  const running = worker.run();
  return {
    taskQueue,
    /** What the looks at the device find, one after the other, and then the last one for ever. */
    tell: ({ id }: DeviceId, causes: FailureType[]): void => void told.set(id, [...causes]),
    close: async (): Promise<void> => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
};
