/** docs/failures.md as its readers have it: what it says of each type, and the commands that it invites to paste. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { assignmentsIn, type Variables } from './words.ts';

export const text = await readFile(new URL('../../docs/failures.md', import.meta.url), 'utf8');

export type Section = {
  /** The same fields as in the table. */
  entry: Record<string, unknown>;
  /** What it means. */
  prose: string[];
  /** Its blocks of commands, a line each, by their titles. */
  blocks: Map<string, string[]>;
};

const facts =
  /^\*\*(?<who>.+)\*\* acts · (?<resumes>resumes|does not resume) by itself · `retry` (?<helps>helps|alone does not help)$/;

/** A heading for each class, below it one for each type; then the remedy, a line of facts, what to know, and commands. */
const readSections = (): Map<string, Section> => {
  const found = new Map<string, Section>();
  let kind: string | undefined;
  let section: Section | undefined;
  let block: string[] | undefined;
  for (const line of text.split('\n').filter(Boolean)) {
    if (line.startsWith('```')) block = undefined;
    else if (line.startsWith('## ')) {
      kind = line.slice(3);
      section = undefined;
    } else if (line.startsWith('### ')) {
      section = { entry: { class: kind }, prose: [], blocks: new Map() };
      assert.ok(!found.has(line.slice(4)), `${line} stands twice`);
      found.set(line.slice(4), section);
    } else if (!section) continue;
    else if (line.startsWith('# ')) section.blocks.set(line.slice(2), (block = []));
    else if (block) block.push(line);
    else readAbout(section, line);
  }
  return found;
};

const readAbout = ({ entry, prose }: Section, line: string): void => {
  const said = facts.exec(line)?.groups;
  if (line.startsWith('> ')) entry['remedy'] = line.slice(2);
  else if (said) {
    const [heals, retryHelps] = [said['resumes'] === 'resumes', said['helps'] === 'helps'];
    Object.assign(entry, { who: said['who'], heals, retryHelps });
  } else prose.push(line);
};

export const sections = readSections();

/** The commands of a section, without its title. */
export const commandsOf = (type: string, title: 'rehearse' | 'way out'): string[] => {
  const commands = sections.get(type)?.blocks.get(title);
  assert.ok(commands && commands.length > 0, `${type} says how to ${title}`);
  return commands;
};

/** What the document has its readers set once, in surroundings like those of a stack. */
export const variablesIn = (surroundings: Variables): Variables => assignmentsIn(text, surroundings);
