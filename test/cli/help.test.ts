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
  test(`the help of ${path} has an example of it`, () => {
    assert.match(helpOf(leaf), new RegExp(`Example:\\n {2}.*\\b${path}`));
  });

  // A script for a shell has one format.
  if (leaf.name() !== 'completion') {
    test(`the help of ${path} names the output formats`, () => {
      assert.match(helpOf(leaf), /-o, --output <format>/);
      assert.match(helpOf(leaf), /--query <jmespath>/);
    });
  }
}
