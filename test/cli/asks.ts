/** Asks one question as commands do, and prints the answer. */
import { ask, handleInterrupts, leaveBehind } from '../../cli/terminal.ts';

handleInterrupts();
leaveBehind('Interrupted. Nothing was changed.');
const answer = await ask('Type keep:', (line) => (line === 'keep' ? undefined : 'Only keep will do.'));
process.stdout.write(`answer: ${answer}\n`);
