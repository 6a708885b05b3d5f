/** Looks at every request of the worker that could do harm, at the moment at which it is sent. */
import assert from 'node:assert/strict';
import { workflowIdOf } from '../../domain/device.ts';
import { auditLockName, keyVaultLockName } from '../../domain/names.ts';
import type { ConsentQuestion, ConsentRecord, Status } from '../../workflows/messages.ts';
import type { FetchHandler } from '../../local-azure/test/http-client.ts';
import { status, type Meddler, type World } from '../harness/world.ts';

/** What a person was shown, by the run and the number of the inventory. */
export type Shown = Map<string, ConsentQuestion>;

type Seen = Record<string, number>;

/** The lock client of the SDK encodes the first slash of a scope. */
export const pathOf = (path: string): string => decodeURIComponent(path).replace(/^\/\//, '/');

const secretsList = /^\/secrets\/?$/;
const vaultDelete = /\/providers\/microsoft\.keyvault\/vaults\/([^/]+)$/i;
const lockDelete = /^(.*)\/providers\/microsoft\.authorization\/locks\/([^/]+)$/i;

export const createWatch = (shown: Shown) => {
  /** What the worker last saw in a vault: how many versions of each secret. */
  const seen = new Map<string, Seen>();

  const contentOf = ({ azure }: World, vaultName: string): Seen =>
    Object.fromEntries(
      Object.values(azure.state.vaults[vaultName.toLowerCase()]?.secrets ?? {})
        .filter(({ deletion }) => !deletion)
        .map(({ name, versions }) => [name, versions.length]),
    );

  const wordOf = ({ consents = [] }: Status): ConsentRecord => {
    const last = consents.findLast((word): word is ConsentRecord => word.counted);
    assert.ok(last, 'somebody has said what is to become of the vault');
    return last;
  };

  const assertConsent = async (world: World, vaultName: string): Promise<void> => {
    const run = world.temporal.runs.get(workflowIdOf(world.device()));
    assert.ok(run && !run.outcome, 'a procedure is at work');
    const word = wordOf(await status(run));
    assert.equal(word.decision, 'delete-vault', 'the last word that counted is to delete the vault');
    assert.equal(word.keyVaultName.toLowerCase(), vaultName.toLowerCase(), 'it was said about this vault');
    const content = seen.get(vaultName.toLowerCase());
    assert.ok(content, 'what lies in the vault was looked at');
    const question = word.inventory === undefined ? undefined : shown.get(`${run.runId} ${word.inventory}`);
    if (!question) {
      assert.equal(word.inventory, undefined, 'the inventory was shown');
      assert.equal(content['theirs'], undefined, 'consent in advance covers nothing of others');
      return;
    }
    assert.deepEqual(
      content,
      Object.fromEntries(question.secrets.map(({ name, versions }) => [name, versions])),
      'the inventory that was agreed to is the one that was found last',
    );
  };

  const assertOwnLock = async (world: World, scope: string, name: string): Promise<void> => {
    if (name === keyVaultLockName || name === auditLockName) return;
    const run = world.temporal.runs.get(workflowIdOf(world.device()));
    assert.ok(run && !run.outcome, 'a procedure is at work');
    const { decision, releaseLocks = [] } = wordOf(await status(run));
    assert.equal(decision, 'delete-vault');
    const id = `${scope}/providers/Microsoft.Authorization/locks/${name}`.toLowerCase();
    assert.ok(
      releaseLocks.some((released) => released.toLowerCase() === id),
      `${name} may come off`,
    );
  };

  const assertHarmless = async (request: Request, world: World): Promise<void> => {
    if (request.method !== 'DELETE') return;
    const { pathname } = new URL(request.url);
    const vault = vaultDelete.exec(pathOf(pathname));
    if (vault) return assertConsent(world, vault[1] ?? '');
    const lock = lockDelete.exec(pathOf(pathname));
    if (lock) return assertOwnLock(world, lock[1] ?? '', lock[2] ?? '');
  };

  return (inner: Meddler, broken: (error: unknown) => void): Meddler =>
    async (request, pass: FetchHandler, world) => {
      try {
        await assertHarmless(request, world);
      } catch (error) {
        broken(error);
      }
      const { hostname, pathname } = new URL(request.url);
      const isLook = request.method === 'GET' && secretsList.test(pathname);
      const answer = await inner(request, pass, world);
      const [vaultName = ''] = hostname.split('.');
      if (isLook && answer.ok) seen.set(vaultName, contentOf(world, vaultName));
      return answer;
    };
};
