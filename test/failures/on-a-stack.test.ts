/**
 * That the driver and its shell play the rehearsals right: the same blocks on the whole product, each in the first world
 * again. A few by default; `ASE_REHEARSE=all` takes all that come within minutes, at the pace of `npm run dev`.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Client } from '@temporalio/client';
import type { DeviceStatus } from '../../client.ts';
import { failureEntry, failures, type FailureType } from '../../domain/failures.ts';
import { defaultSettings } from '../../local-azure/settings.ts';
import { runAse } from '../cli/ase.ts';
import { openStack, type Stack } from '../server/stack.ts';
import { commandsOf } from './document.ts';
import type { Shell } from './shell.ts';
import { openStackShell } from './stack-shell.ts';

/** Between them they take every program and every kind of decision that the document has. */
const few: FailureType[] = ['VaultNameTaken', 'WrongWorkflowId', 'DeviceInUse', 'MissingPermission', 'Throttled'];

/** They come after twelve minutes, and after two weeks. */
const tooLate: FailureType[] = ['Unexpected', 'KeyVaultLeftUnlocked'];

const all = process.env['ASE_REHEARSE'] === 'all';
const types = all ? (Object.keys(failures) as FailureType[]).filter((type) => !tooLate.includes(type)) : few;

suite('on the whole product', { concurrency: 1 }, () => {
  let stack: Stack;
  let shell: Shell;
  before(async () => {
    stack = await openStack(all ? { settings: defaultSettings } : {});
    shell = openStackShell(stack);
    const { control } = stack.azure;
    for (const principal of ['operator', 'worker']) {
      control.assignRole({ principal, role: 'Storage Blob Data Reader' });
    }
    control.snapshot({ id: 'start' });
  });
  after(() => stack.close());

  for (const type of types) {
    test(`${type} appears, and its way out works`, async () => {
      await endAll(stack.client);
      await shell.type(['control reset']);
      const rehearsed = commandsOf(type, 'rehearse');
      const { text } = await shell.type(rehearsed);
      const { class: kind, remedy } = failureEntry(type);
      assertSays(text, type);
      // Temporal's own command line knows no remedy, and the run is under an id that no device has.
      if (type !== 'WrongWorkflowId') {
        const { stdout } = await status(rehearsed, 'table');
        assertSays(stdout, kind === 'blocked' ? `is blocked: ${type}` : `${type} (${kind})`, remedy);
      }

      const wayOut = commandsOf(type, 'way out');
      const { code, text: last } = await shell.type(wayOut);
      assert.equal(code, 0, last);
      const { execution } = JSON.parse((await status(wayOut, 'json')).stdout) as DeviceStatus;
      assert.equal(execution, 'completed', last);
    });
  }

  /** Of the device that these commands are about. */
  const status = (commands: readonly string[], output: 'json' | 'table') => {
    const [device = assert.fail('a device')] = commands
      .flatMap((line) => /-g edge-rg -n \S+/.exec(line) ?? [])
      .slice(-1);
    return runAse(`status ${device} -o ${output}`, stack.operatorEnv);
  };
});

/** What a rehearsal that went wrong has left. */
const endAll = async ({ workflow }: Client): Promise<void> => {
  for await (const { workflowId } of workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    await workflow.getHandle(workflowId).terminate('its rehearsal is over');
  }
};

const assertSays = (text: string, ...parts: string[]): void => {
  for (const part of parts) assert.ok(text.includes(part), `${part} is missing in: ${text}`);
};
