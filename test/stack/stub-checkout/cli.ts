/** Stands in for the command line: notes what it was asked, and fails when a file `NOUN-VERB-fails` is there. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';

const words = process.argv.slice(2);
const [noun = '', verb = '', ...options] = words;
const valueOf = (option: string): string => words[words.indexOf(option) + 1] ?? '';

if (words.includes('json')) console.log(JSON.stringify(answer()));
else {
  appendFileSync('runs', `cli ${process.env['AZURE_CLIENT_ID']} ${told()}\n`);
  if (existsSync(`${noun}-${verb}-fails`)) process.exit(9);
  if (options.includes('--out-file')) writeFileSync(valueOf('--out-file'), 'the key');
  process.exitCode = exitCode();
}

function told(): string {
  const typed = words.slice(0, words.indexOf('-o')).join(' ');
  return typed.replace(/-g \S+ -n /, '').replace(/ --out-file .*/, '');
}

/** What lies in the vault of an activated device is asked about, and a live key is not replaced unless told to. */
function exitCode(): number {
  if (noun === 'device' && verb === 'delete' && !options.includes('--consent')) return 3;
  return verb === 'regenerate' && !options.includes('--supersede') ? 1 : 0;
}

function answer(): object {
  const keyVaultName = `vault-of-${valueOf('-n')}`;
  if (noun === 'device') return { keyVault: { name: keyVaultName } };
  const failure = existsSync('other-refusal') ? 'VaultMissing' : 'KeyStillLive';
  return { execution: 'completed', failure: { type: failure }, consent: { keyVaultName, inventory: 7 } };
}
