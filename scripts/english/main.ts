/** `npm run check:english`: prints each phrase that is not our English, with the plain words; ends with 1 where there is one. */
import { glob, readFile } from 'node:fs/promises';
import path from 'node:path';
import { findingsIn, readRules } from './rules.ts';
import { textsInCode, textsInMarkdown } from './texts.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** What people read: documents, and the modules whose texts reach terminals, logs and Temporal's web UI. */
const read = [
  '*.md',
  'docs/**/*.md',
  'local-azure/*.md',
  '*.ts',
  '{activities,azure,cli,client,domain,worker,workflows}/**/*.ts',
];

const rules = await readRules();
const files = (await Array.fromAsync(glob(read, { cwd: root }))).toSorted();
let found = 0;
for (const file of files) {
  const source = await readFile(path.join(root, file), 'utf8');
  const texts = file.endsWith('.md') ? textsInMarkdown(source) : textsInCode(source);
  for (const { line, found: phrase, use } of findingsIn(texts, rules)) {
    console.log(`${file}:${line}: "${phrase}" → ${use}`);
    found += 1;
  }
}
console.log(`${files.length} files, ${found} findings (rules: scripts/english/rules.yaml)`);
process.exitCode = found === 0 ? 0 : 1;
