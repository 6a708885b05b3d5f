/** `npm run demo`: the journey of `npm start` without a person. */
import { activateDevice } from './stack/journey.ts';
import { withStack } from './stack/run.ts';
import { startSaying } from './stack/say.ts';

const say = startSaying();

process.exitCode = await withStack({ ui: false, seed: true, announce: say }, (stack) => activateDevice(stack, say));
