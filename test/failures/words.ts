/** As much of a shell as the document uses: words, quotes, variables and pipes. */

export type Variables = Readonly<Record<string, string | undefined>>;

const parts = /'(?<quoted>[^']*)'|"(?<double>[^"]*)"|\$(?<name>\w+)|(?<space>\s+)|(?<plain>[^\s'"$;&<>`\\()*?#|]+|\|)/y;

/** The words of a line, a list for each command of its pipe. @throws Error for what is not understood */
export const commandsIn = (line: string, variables: Variables): string[][] => {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length === 0) throw new Error(`no command before the end or a pipe: ${line}`);
    commands.push(words);
    words = [];
  };
  parts.lastIndex = 0;
  while (parts.lastIndex < line.length) {
    const at = parts.lastIndex;
    const found = parts.exec(line)?.groups;
    if (!found) throw new Error(`not understood: ${line.slice(at)}`);
    const { quoted, double, name, space, plain } = found;
    if (plain === '|') endCommand();
    else if (space !== undefined) endWord();
    else word = `${word ?? ''}${quoted ?? withVariables(double, variables) ?? valueOf(name, variables) ?? plain}`;
  }
  endCommand();
  return commands;
};

const valueOf = (name: string | undefined, variables: Variables): string | undefined => {
  if (name === undefined) return undefined;
  const value = variables[name];
  if (value === undefined) throw new Error(`$${name} is not set`);
  return value;
};

const withVariables = (text: string | undefined, variables: Variables): string | undefined =>
  text?.replace(/\$(\w+)/g, (_, name: string) => valueOf(name, variables) ?? '');

/** Variables that lines of this text set, beside those that are set already. */
export const assignmentsIn = (text: string, given: Variables): Variables => {
  let variables = given;
  for (const [, name = '', value = ''] of text.matchAll(/^([A-Z]+)=(\S+)$/gm)) {
    variables = { ...variables, [name]: withVariables(value, variables) };
  }
  return variables;
};
