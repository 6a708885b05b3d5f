/** `npm run dev`: the stack alone, seeded, for the command line in another terminal. */
import { stayUp, withStack } from './stack/run.ts';

process.exitCode = await withStack({ ui: true, seed: true, announce: console.error }, async (stack, asked) => {
  console.error(`Temporal UI ${stack.temporal.uiUrl ?? 'none'}`);
  console.log('Ready. In another terminal: set -a; . .local/env; set +a; npx ase doctor');
  await stayUp(stack, asked);
});
if (process.exitCode === 0) console.error('Ended; nothing is left running');
