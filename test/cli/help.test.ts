import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';

const leavesOf = (command: Command, path: string): [path: string, leaf: Command][] =>
  command.commands.length === 0
    ? [[path, command]]
    : command.commands.flatMap((child) => leavesOf(child, `${path} ${child.name()}`));

const helpOf = (command: Command): string => {
  let help = '';
  command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
  return help;
};

for (const [path, leaf] of leavesOf(createProgram(), 'ase')) {
  test(`the help of ${path} has an example of it and names the output formats`, () => {
    const help = helpOf(leaf);
    assert.match(help, new RegExp(`Example:\\n {2}${path}`));
    assert.match(help, /-o, --output <format>/);
  });
}
