/** Stands in for the simulated device: notes which key was pasted into it. */
import { appendFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const [verb = '', name = ''] = process.argv.slice(2);
appendFileSync('runs', `device ${verb} ${name} < ${await text(process.stdin)}\n`);
