/** Starts the built worker on a stack of its own: it must take work from its prebuilt bundle. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withStack } from './stack/run.ts';
import { startSaying } from './stack/say.ts';

const say = startSaying();
const folder = await mkdtemp(path.join(tmpdir(), 'ase-build-'));
const stack = { ui: false, seed: false, folder, workerProgram: 'dist/worker.js', announce: say };
process.exitCode = await withStack(stack, () => Promise.resolve(say('The build starts')));
await rm(folder, { recursive: true, force: true });
