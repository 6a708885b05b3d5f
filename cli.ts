#!/usr/bin/env node
/** The command `ase`: an older Node fails to parse the program, so the version comes first. */
import { unsupportedNode } from './node-version.ts';

const unsupported = unsupportedNode('ase');
if (unsupported === undefined) await import('./cli/main.ts');
else {
  process.stderr.write(`${unsupported}\n`);
  process.exitCode = 2;
}
