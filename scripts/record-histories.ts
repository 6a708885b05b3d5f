/**
 * Records what `test/histories` replays: every scene is played by the real worker on a real Temporal server, against the
 * local Azure. `npm run histories` records all of them anew; with names, those alone.
 */
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { workflowIdOf } from '../domain/device.ts';
import { leavesOf, findSecrets } from '../test/server/find-secrets.ts';
import { secretValues } from '../test/harness/invariants.ts';
import { openFailingWorker, type FailingWorker } from '../test/histories/failing-worker.ts';
import { scenes, type Scene } from '../test/histories/scenes.ts';
import { readText, removeHistories, writeHistory } from '../test/histories/store.ts';
import { orderDevice } from '../test/server/order-device.ts';
import { openStack, type Stack } from '../test/server/stack.ts';

const record = async (
  stack: Stack,
  failing: FailingWorker,
  { name, play, workflowId = workflowIdOf }: Scene,
  nth: number,
): Promise<void> => {
  const device = await orderDevice(stack.azure, `edge-h${String(nth).padStart(2, '0')}`);
  await play({ stack, failing, device });
  const history = await stack.client.workflow.getHandle(workflowId(device)).fetchHistory();
  const found = findSecrets({ [name]: leavesOf(history) }, secretsOf(stack));
  if (found.length > 0) throw new Error(`not written, secrets found: ${found.join(', ')}`);
  await writeHistory(name, history);
  console.log(`${name}: ${history.events?.length ?? 0} events, ${(await readText(name)).length} bytes`);
};

/** What lies in the vaults, but for the short words that a device of the local Azure writes. */
const secretsOf = ({ azure }: Stack): Record<string, string> =>
  Object.fromEntries(
    secretValues(azure)
      .filter(({ length }) => length >= 32)
      .map((value, index) => [`secret ${index}`, value]),
  );

/** More than a worker answers in time on two cores would fail for that. */
const atOnce = 16;

const named = process.argv.slice(2);
const wanted = scenes.filter(({ name }) => named.length === 0 || named.includes(name));
Runtime.install({ logger: new DefaultLogger('ERROR') });
const stack = await openStack({ settings: { storageAccount: 1_000 } });
const failing = await openFailingWorker(stack);
try {
  for (const role of ['Edge Key Vault Deleter', 'Storage Blob Data Reader']) {
    stack.azure.control.assignRole({ principal: 'worker', role });
  }
  if (named.length === 0) await removeHistories();
  const left = [...wanted];
  const lane = async (): Promise<void> => {
    for (let scene = left.shift(); scene; scene = left.shift()) {
      try {
        await record(stack, failing, scene, scenes.indexOf(scene));
      } catch (error) {
        console.error(`${scene.name}: ${String(error)}`);
        process.exitCode = 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
} finally {
  await failing.close();
  await stack.close();
}
