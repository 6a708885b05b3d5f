/** The fenced blocks of a page that is a test: what is typed, how it ends, and what it shows. */

/** One line that is typed, with all that its backslashes continue. */
export type Command = { line: number; text: string };

export type Typed = {
  heading: string;
  commands: Command[];
  /** Exit code of the last command; all before it end with 0. */
  exit: number;
  /** Lines that its output holds, in this order; `…` stands for anything. */
  shows: string[];
};

type Fence = { line: number; info: string; lines: string[]; heading: string };

/**
 * `sh` is typed, and `sh exit=3` says how it ends; `text` is what the block before it shows.
 * @throws Error for any other fence: nothing on the page goes untried
 */
export const readPage = (markdown: string): Typed[] => {
  const typed: Typed[] = [];
  for (const { line, info, lines, heading } of fencesOf(markdown)) {
    const exit = /^sh(?: exit=(\d+))?$/.exec(info);
    const last = typed.at(-1);
    if (exit) typed.push({ heading, commands: commandsOf(line, lines), exit: Number(exit[1] ?? 0), shows: [] });
    else if (info === 'text' && last?.heading === heading) last.shows.push(...lines.filter((text) => text.trim()));
    else throw new Error(`line ${line}: a fence must be "sh", "sh exit=N", or "text" after one; it is "${info}"`);
  }
  return typed;
};

const fencesOf = (markdown: string): Fence[] => {
  const fences: Fence[] = [];
  let open: Fence | undefined;
  let heading = '';
  for (const [index, text] of markdown.split('\n').entries()) {
    const mark = /^\s*(?:```|~~~)(.*)$/.exec(text);
    if (mark && open) open = void fences.push(open);
    else if (mark) open = { line: index + 1, info: mark[1]?.trim() ?? '', lines: [], heading };
    else if (open) open.lines.push(text);
    else heading = /^#+ (.+)$/.exec(text)?.[1] ?? heading;
  }
  if (open) throw new Error(`line ${open.line}: the fence is not closed`);
  return fences;
};

const commandsOf = (fence: number, lines: readonly string[]): Command[] => {
  const commands: Command[] = [];
  let continues = false;
  for (const [index, text] of lines.entries()) {
    const last = commands.at(-1);
    if (continues && last) last.text += `\n${text}`;
    else if (text.trim()) commands.push({ line: fence + index + 1, text });
    continues = text.endsWith('\\');
  }
  if (commands.length === 0) throw new Error(`line ${fence}: nothing is typed in this block`);
  return commands;
};

/** The first of the lines that is not there, if any. Spaces count as one. */
export const firstMissing = (output: string, shows: readonly string[]): string | undefined => {
  const lines = output.split('\n').map(plain);
  let from = 0;
  for (const wanted of shows) {
    const at = lines.findIndex((line, index) => index >= from && holds(line, plain(wanted)));
    if (at === -1) return wanted;
    from = at + 1;
  }
  return undefined;
};

const plain = (line: string): string => line.trim().replaceAll(/\s+/g, ' ');

const holds = (line: string, wanted: string): boolean => {
  let from = 0;
  for (const part of wanted.split('…')) {
    const at = line.indexOf(part.trim(), from);
    if (at === -1) return false;
    from = at + part.trim().length;
  }
  return true;
};
