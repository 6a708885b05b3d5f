/** `npm start`: the whole product on this machine, one device activated before the reader's eyes; stays up. */
import { activateDevice, demoDevice } from './stack/journey.ts';
import { stayUp, withStack } from './stack/run.ts';
import { heading, startSaying } from './stack/say.ts';
import type { Stack } from './stack/stack.ts';

const say = startSaying();

process.exitCode = await withStack({ ui: true, seed: true, announce: say }, async (stack, asked) => {
  await activateDevice(stack, say);
  console.log(invitation(stack));
  await stayUp(stack, asked);
});
if (process.exitCode === 0) say('Ended; nothing is left running');

function invitation({ azure, temporal }: Stack): string {
  const device = `-g ${demoDevice.resourceGroup} -n`;
  return `
${heading('Look at it')}
  Temporal UI   ${temporal.uiUrl ?? `that of the server at ${temporal.address}`}
  Local Azure   ${azure.armEndpoint} (certificate authority: ${azure.caFile})

${heading('Try in another terminal')}
  npm run -s ase -- status ${device} ${demoDevice.name}
  npm run -s ase -- key generate ${device} edge-2
  npm run -s ase -- key show ${device} edge-2 --out-file key.txt
  npm run -s device -- activate edge-2 < key.txt
  npm run -s ase -- doctor

Ctrl-C ends everything.`;
}
