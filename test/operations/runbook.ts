/** The runbook is typed, block by block, into a terminal beside a running stack. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDesk } from './desk.ts';
import { firstMissing, readPage, type Command, type Typed } from './page.ts';
import type { Shell } from './shell.ts';

const page = new URL('../../docs/operations.md', import.meta.url);
const blocks = readPage(await readFile(page, 'utf8'));

suite('the commands of the runbook have the effects that it describes', () => {
  let desk: Shell;
  before(async () => {
    desk = await openDesk(10);
  });
  after(() => desk.close());

  for (const [heading, typed] of Map.groupBy(blocks, (block) => block.heading)) {
    test(heading, async () => {
      for (const block of typed) await tryOut(desk, block);
    });
  }
});

/** What only looks, at the end of a block, looks again where things have not come so far yet: a reader does. */
const looks =
  /^(ase (status|blocked list|device show|doctor|audit)|temporal (workflow (list|describe|show)|batch list))( |$)(?!.*--watch)/;
const patience = 20_000;

const tryOut = async (desk: Shell, { commands, exit, shows }: Typed): Promise<void> => {
  const acts = commands.findLastIndex(({ text }) => !looks.test(text)) + 1;
  const done = await typeAll(desk, commands.slice(0, acts), acts === commands.length ? exit : 0);
  for (const giveUpAt = Date.now() + patience; ; await delay(500)) {
    const seen = await typeAll(desk, commands.slice(acts), exit);
    const missing = firstMissing(`${done.shown}${seen.shown}`, shows);
    const problem = done.problem ?? seen.problem ?? (missing === undefined ? undefined : `not shown: ${missing}`);
    if (problem === undefined) return;
    if (done.problem === undefined && acts < commands.length && Date.now() < giveUpAt) continue;
    assert.fail(`docs/operations.md:${commands[0]?.line}: ${problem}\n${done.shown}${seen.shown}`);
  }
};

/** @param exit of the last; all before it end with 0 */
const typeAll = async ({ type }: Shell, commands: readonly Command[], exit: number) => {
  let shown = '';
  for (const [index, { line, text }] of commands.entries()) {
    const { code, output } = await type(text);
    shown += `$ ${text}\n${output}\n`;
    const wanted = index === commands.length - 1 ? exit : 0;
    if (code !== wanted) return { shown, problem: `line ${line} ended with ${code}, not ${wanted}` };
  }
  return { shown };
};
