/** The rights that the product checks, the files that Azure takes and the table that people read are the same. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';
import { roleActions, roleTitles, type RoleName } from '../../domain/rights.ts';
import { rightRows } from './rights-table.ts';

const folder = new URL('../../roles/', import.meta.url);
const names = Object.keys(roleActions) as RoleName[];

type Definition = { Name: string; Description: string; Actions: string[] };

const read = async (name: RoleName): Promise<Definition> =>
  JSON.parse(await readFile(new URL(`${name}.json`, folder), 'utf8')) as Definition;

test('there is a file for each role, and no other', async () => {
  assert.deepEqual((await readdir(folder)).toSorted(), names.map((name) => `${name}.json`).toSorted());
});

test('the local Azure, which imports nothing of the product, has the same files', async () => {
  for (const name of names) {
    const file = `${name}.json`;
    const its = await readFile(new URL(`../../local-azure/roles/${file}`, import.meta.url), 'utf8');
    assert.equal(its, await readFile(new URL(file, folder), 'utf8'), file);
  }
});

for (const name of names) {
  suite(`the role ${name}`, () => {
    test('is a definition that Azure accepts, with the actions that the product names', async () => {
      const { Name, Description, ...rest } = await read(name);
      assert.equal(Name, roleTitles[name]);
      assert.match(Description, /^.{20,1024}\.$/);
      assert.deepEqual(rest, {
        IsCustom: true,
        Actions: roleActions[name],
        NotActions: [],
        DataActions:
          name === 'operator' ? ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'] : [],
        NotDataActions: [],
        AssignableScopes: ['/subscriptions/00000000-0000-0000-0000-000000000000'],
      });
    });

    test('names each action once, in order, and none by a pattern', async () => {
      const { Actions } = await read(name);
      assert.deepEqual(Actions, [...new Set(Actions)].toSorted());
      assert.deepEqual(
        Actions.filter((action) => !/^Microsoft\.\w+(\/\w+)+\/(read|write|delete|action)$/.test(action)),
        [],
      );
    });

    test('is in the table of docs/security.md', () => {
      const marked = rightRows.filter(({ roles }) => roles.includes(name)).map(({ action }) => action);
      assert.deepEqual(marked, roleActions[name]);
    });
  });
}

test('only the role delete deletes, and none purges or assigns roles', () => {
  const deleting = names.filter((name) => roleActions[name].some((action) => action.endsWith('/delete')));
  assert.deepEqual(deleting, ['delete']);
  assert.ok(
    !Object.values(roleActions).some((actions) => actions.some((action) => /purge|roleAssign|\*/i.test(action))),
  );
});
