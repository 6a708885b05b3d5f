/** Where the pages for people on call are tried: the stack of `npm run dev`, and a terminal beside it. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { surroundings } from '../../scripts/stack/environment.ts';
import { checkout } from '../../scripts/stack/local-files.ts';
import { bringUp } from '../../scripts/stack/stack.ts';
import { findTemporalBinary } from '../../scripts/stack/temporal-cli.ts';
import { openFolder } from '../server/folder.ts';
import { openShell, type Shell } from './shell.ts';

/** @param timeScale divides all delays of the local Azure */
export const openDesk = async (timeScale: number): Promise<Shell> => {
  await using cleanup = new AsyncDisposableStack();
  const { folder, remove } = await openFolder();
  cleanup.defer(remove);
  const temporal = await findTemporalBinary(process.env, console.error);
  // A server that somebody has is none to try things on.
  delete process.env['TEMPORAL_ADDRESS'];
  const stack = await bringUp({ ui: false, seed: true, timeScale, folder: path.join(folder, '.local') });
  cleanup.defer(() => stack.down());
  for (const program of ['worker.ts', 'cli.ts'])
    await symlink(path.join(checkout, program), path.join(folder, program));
  const programs = path.join(folder, 'bin');
  await mkdir(programs);
  await symlink(temporal.path, path.join(programs, 'temporal'));
  await writeFile(path.join(programs, 'npm'), npm);
  await chmod(path.join(programs, 'npm'), 0o755);
  const PATH = [programs, path.dirname(process.execPath), process.env['PATH']].join(path.delimiter);
  // A command line that is started a hundred times need not be compiled each time.
  const compiled = { NODE_COMPILE_CACHE: path.join(folder, 'compiled') };
  const shell = await openShell(folder, { ...compiled, ...surroundings(process.env), PATH, CHECKOUT: checkout });
  cleanup.defer(() => shell.close());
  const owned = cleanup.move();
  return { type: shell.type, close: () => owned.disposeAsync() };
};

/**
 * Runs the scripts as npm does, but on this stack: those of the checkout find the one that is up there, if any. Standard
 * output is no terminal here, so that the form which a terminal gets is asked for.
 */
const npm = `#!/bin/bash
[ "$1 $2 $4" = "run -s --" ] || { echo "not tried here: npm $*"; exit 99; }
script=$3; shift 4
set -a; . .local/env; set +a
export npm_lifecycle_event=$script
case $script in
  ase) [[ " $* " =~ " -o " ]] || set -- "$@" -o table
       exec node "$CHECKOUT/cli.ts" "$@" ;;
  control) exec node "$CHECKOUT/local-azure/control/main.ts" "$@" ;;
  *) echo "not tried here: npm run $script"; exit 99 ;;
esac
`;
