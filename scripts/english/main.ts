/** `npm run check:english`: prints each phrase that is not our English, with the plain words; ends with 1 where there is one. */
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { findingsIn, readRules } from './rules.ts';
import { textsInCode, textsInMarkdown, textsInTests, type Text } from './texts.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Texts for people: documents, modules whose texts reach terminals, logs and Temporal's web UI, and names of tests. */
const read = [
  '*.md',
  'docs/**/*.md',
  'local-azure/*.md',
  '*.ts',
  '{activities,azure,bench,cli,client,domain,scripts,worker,workflows}/**/*.ts',
  '{test,local-azure/test}/**/*.ts',
];

/** Names that choose the samples of the proof; other names would choose others. */
const exclude = ['test/prove/scenarios.ts'];

const textsOf = (file: string, source: string): Text[] => {
  if (file.endsWith('.md')) return textsInMarkdown(source);
  return /^(local-azure\/)?test\//.test(file) ? textsInTests(source) : textsInCode(source);
};

const rules = await readRules();
const files = (await Array.fromAsync(glob(read, { cwd: root, exclude }))).toSorted();
let found = 0;
for (const file of files) {
  const source = await readFile(path.join(root, file), 'utf8');
  for (const { line, found: phrase, use } of findingsIn(textsOf(file, source), rules)) {
    console.log(`${file}:${line}: "${phrase}" → ${use}`);
    found += 1;
  }
}
console.log(`${files.length} files, ${found} findings (rules: scripts/english/rules.yaml)`);
process.exitCode = found === 0 ? 0 : 1;
