/** `npm start`: the whole product on this machine, one device activated before the reader's eyes; stays up. */
import { activateDevice, optionsFor } from './stack/journey.ts';
import { stayUp, withStack } from './stack/run.ts';
import { heading, startSaying } from './stack/say.ts';
import type { Stack } from './stack/stack.ts';
import { startWalk } from './stack/walk.ts';

const device = 'edge-1';

const say = startSaying();

process.exitCode = await withStack({ ui: true, seed: true, announce: say }, async (stack, asked) => {
  await activateDevice(startWalk(stack, say), device);
  console.log(invitation(stack));
  await stayUp(stack, asked);
});
if (process.exitCode === 0) say('Ended; no process is left');

function invitation({ azure, temporal }: Stack): string {
  const [activated, next] = [device, 'edge-2'].map((name) => optionsFor(name).join(' '));
  return `
${heading('Open')}
  Temporal UI   ${temporal.uiUrl ?? `that of the server at ${temporal.address}`}
  Local Azure   ${azure.armEndpoint} (certificate authority: ${azure.caFile})

${heading('Try in another terminal')}
  set -a; . .local/env; set +a
  npx ase device show ${activated}
  npx ase audit ${activated}
  npx ase key generate ${next} --plan
  npx ase key generate ${next}
  npx ase doctor

Ctrl-C ends everything.`;
}
