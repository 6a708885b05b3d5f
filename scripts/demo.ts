/** `npm run demo`: the whole life of devices and their key vaults, without a person. */
import { walkWholeLife } from './stack/life.ts';
import { withStack } from './stack/run.ts';
import { startSaying } from './stack/say.ts';
import { startWalk } from './stack/walk.ts';

const say = startSaying();

process.exitCode = await withStack({ ui: false, seed: true, announce: say }, (stack) =>
  walkWholeLife(startWalk(stack, say)),
);
