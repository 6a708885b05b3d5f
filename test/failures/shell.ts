/** Types the lines of the document, wherever the world is that they are about. */
import { commandsIn, type Variables } from './words.ts';

/** What a command has printed, on both streams, and how it ended. */
export type Said = { code: number; text: string };

/** Runs a command by its words; what came out of the pipe before it is its standard input. */
export type Program = (words: readonly string[], input: string) => Promise<Said>;

export type Shell = {
  /** Types lines one after another, whatever they end with. Answers with what the last one said. */
  type: (lines: readonly string[]) => Promise<Said>;
};

/** @param programs what can be typed, by its first word */
export const createShell = (programs: Readonly<Record<string, Program>>, variables: Variables): Shell => {
  const pipe = async (line: string): Promise<Said> => {
    let said: Said = { code: 0, text: '' };
    for (const [name = '', ...words] of commandsIn(line, variables)) {
      const program = programs[name];
      if (!program) throw new Error(`there is no ${name} here: ${line}`);
      said = await program(words, said.text);
    }
    return said;
  };
  return {
    type: async (lines) => {
      let said: Said = { code: 0, text: '' };
      for (const line of lines) said = await pipe(line);
      return said;
    },
  };
};
