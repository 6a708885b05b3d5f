/** Under an old Node the commands say which one they need. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { unsupportedNode } from '../../node-version.ts';
import { nowhere, runAse } from './ase.ts';

test('the version that is needed is that of the package', async () => {
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    engines: { node: string };
  };
  const least = manifest.engines.node.replace('>=', '');
  assert.equal(unsupportedNode('ase', `v${least}.0`), undefined);
  assert.equal(unsupportedNode('ase-worker', 'v24.0.0'), undefined);
  assert.equal(unsupportedNode('ase-worker', 'v22.13.1'), `ase-worker needs Node ${least} or later; this is v22.13.1.`);
});

test('an old Node gets one line, and no stack', async () => {
  const old = '--import=data:text/javascript,Object.defineProperty(process,`version`,{value:`v20.20.2`})';
  const { code, stdout, stderr } = await runAse('--help', { ...nowhere, NODE_OPTIONS: old });
  assert.deepEqual([code, stdout, stderr], [2, '', 'ase needs Node 22.14 or later; this is v20.20.2.\n']);
});
