/** The driver against a real server: the same workflows, and the same that came of them. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import { findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { bundleForTests, loadWorkflows, type Workflows } from '../harness/temporal/index.ts';
import { scenarios } from './scenarios.ts';
import { openServerStage, type ServerStage } from './server-stage.ts';
import { messageOf, type Report } from './stage.ts';
import { playInVirtualTime } from './virtual-stage.ts';

const binary = await findTemporalBinary(process.env).catch(messageOf);
const skip = typeof binary === 'string' && `no server to compare with: ${binary}`;

/** A busy machine may be late for a timer of the server: what differs is played once more, with nothing beside it. */
const mostPlays = 3;

suite('the driver behaves like the server with', { skip, concurrency: 1 }, () => {
  let workflows: Workflows;
  let server: ServerStage | undefined;
  let onServer: Map<string, Report>;

  before(async () => {
    const bundle = await bundleForTests(fileURLToPath(new URL('workflows.ts', import.meta.url)));
    workflows = await loadWorkflows(bundle, []);
    if (typeof binary === 'string') return;
    const { play } = (server = await openServerStage(binary, bundle));
    const played = scenarios.map(async (scenario) => [scenario.name, await play(scenario)] as const);
    onServer = new Map(await Promise.all(played));
  });
  after(() => server?.close());

  for (const scenario of scenarios)
    test(scenario.name, async () => {
      const expected = await playInVirtualTime(workflows, scenario);
      let seen = onServer.get(scenario.name);
      for (let plays = 1; plays < mostPlays && !isDeepStrictEqual(seen, expected); plays++)
        seen = await server?.play(scenario);
      assert.deepEqual(expected, seen);
    });
});
