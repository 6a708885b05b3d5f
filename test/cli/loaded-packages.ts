/** Preload: when the process ends, the packages of which it has loaded a module are the last line of standard error. */
import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';

const packages = new Set<string>();

registerHooks({
  load: (url, context, nextLoad) => {
    const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
    if (name !== undefined) packages.add(name);
    return nextLoad(url, context);
  },
});

process.on('exit', () => writeSync(2, `\n${JSON.stringify([...packages].sort())}`));
