import { Argument, type Command } from 'commander';
import { addExample } from '../command.ts';
import type { Shell } from '../completion.ts';

export const addCompletion = (program: Command): void => {
  const leaf = program
    .command('completion')
    .description('a script that completes commands, options and names in a shell')
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(['bash', 'zsh', 'fish'] satisfies Shell[]))
    .action(async (shell: Shell) => {
      const { completionOf } = await import('../completion.ts');
      process.stdout.write(completionOf(program, shell));
    });
  addExample(leaf, 'source <(ase completion bash)');
};
