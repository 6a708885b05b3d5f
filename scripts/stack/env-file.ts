/** Environment variables in a file: `NAME=value` lines that both Node's parser and a shell read alike. */
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string>>;

export function formatEnv(variables: Environment): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(name, value)}\n`)
    .join('');
}

export function readEnv(text: string): Environment {
  return parseEnv(text) as Environment;
}

/** Within single quotes neither reader replaces anything; within double quotes Node does (line ends) and shells do. */
function quoted(name: string, value: string): string {
  if (/^[\w@%+=:,./-]*$/.test(value)) return value;
  if (!value.includes("'")) return `'${value}'`;
  throw new Error(`${name} holds a single quote, which a file of variables cannot carry`);
}
