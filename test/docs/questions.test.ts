/** Ten questions that three files must answer by themselves: what the answers quote stands in these files. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { suite, test } from 'node:test';

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

const page = await read('docs/questions.md');
const files = ['delete-device', 'delete-key-vault', 'key-vault-protection'];
const source = (await Promise.all(files.map((name) => read(`workflows/${name}.ts`)))).join('\n');
const [, ...questions] = page.split('\n## ');

test('there are ten questions', () => {
  assert.deepEqual(
    questions.map((question) => Number.parseInt(question, 10)),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  );
});

suite('the answer quotes existing text of the files for', () => {
  for (const question of questions) {
    const [title = ''] = question.split('\n');
    test(title, () => {
      const quoted = [...question.matchAll(/`([^`]+)`/g)].map(([, words]) => words ?? '');
      assert.ok(quoted.length > 0);
      assert.deepEqual(
        quoted.filter((words) => !source.includes(words)),
        [],
      );
    });
  }
});
