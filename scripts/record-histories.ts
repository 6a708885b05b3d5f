/**
 * Records what `test/histories` replays: every scene is played by the real worker on a real Temporal server, against the
 * local Azure. `npm run histories` records all of them anew; with names, those alone.
 */
import { workflowIdOf } from '../domain/device.ts';
import { leavesOf, findSecrets } from '../test/server/find-secrets.ts';
import { secretValues } from '../test/harness/invariants.ts';
import { scenes, type Scene } from '../test/histories/scenes.ts';
import { readText, removeHistories, writeHistory } from '../test/histories/store.ts';
import { orderDevice } from '../test/server/order-device.ts';
import { openStack, type Stack } from '../test/server/stack.ts';

const record = async (stack: Stack, { name, play, workflowId = workflowIdOf }: Scene, nth: number): Promise<void> => {
  const device = await orderDevice(stack.azure, `edge-h${String(nth).padStart(2, '0')}`);
  await play({ stack, device });
  const history = await stack.client.workflow.getHandle(workflowId(device)).fetchHistory();
  const found = findSecrets({ [name]: leavesOf(history) }, secretsOf(stack));
  if (found.length > 0) throw new Error(`not kept: ${found.join(', ')}`);
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

const named = process.argv.slice(2);
const wanted = scenes.filter(({ name }) => named.length === 0 || named.includes(name));
const stack = await openStack({ settings: { storageAccount: 1_000 } });
try {
  for (const role of ['Edge Key Vault Deleter', 'Storage Blob Data Reader']) {
    stack.azure.control.assignRole({ principal: 'worker', role });
  }
  if (named.length === 0) await removeHistories();
  const ended = await Promise.allSettled(wanted.map((scene) => record(stack, scene, scenes.indexOf(scene))));
  for (const [index, end] of ended.entries()) {
    if (end.status === 'fulfilled') continue;
    console.error(`${wanted[index]?.name}: ${String(end.reason)}`);
    process.exitCode = 1;
  }
} finally {
  await stack.close();
}
