/** Stands in for the command line: notes what it was asked, and fails when a file `NOUN-VERB-fails` is there. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';

const [noun = '', verb = '', ...options] = process.argv.slice(2);
const outFile = options[options.indexOf('--out-file') + 1] ?? '';

appendFileSync('runs', `cli ${process.env['AZURE_CLIENT_ID']} ${noun} ${verb}\n`);
if (existsSync(`${noun}-${verb}-fails`)) process.exit(3);
if (verb === 'show') writeFileSync(outFile, 'the key');
