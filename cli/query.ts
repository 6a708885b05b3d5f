/** `--query`: JMESPath, as az has it, by the library of the author of that language. */
import { createRequire } from 'node:module';
import { InvalidArgumentError } from 'commander';

/** The command has ended, and its result cannot be shown as it was asked for. */
export class QueryError extends Error {}

/** Picks from a result. @throws QueryError */
export type Query = (data: unknown) => unknown;

/** What is used of it; it has no types of its own (0.16). */
type Jmespath = { compile: (expression: string) => unknown; search: (data: unknown, expression: string) => unknown };

/** Reads an expression before anything is started. @throws InvalidArgumentError */
export const readQuery = (expression: string): Query => {
  // Few command lines have a query: only they load the library.
  const jmespath = createRequire(import.meta.url)('jmespath') as Jmespath;
  const unknown = functionsIn(parse(jmespath, expression)).find((name) => !isFunction(jmespath, name));
  if (unknown !== undefined) throw new InvalidArgumentError(`JMESPath has no function ${unknown}(). ${example}`);
  return (data) => {
    try {
      // What it finds beyond data, a method of a text or an expression, is nothing.
      return JSON.parse(JSON.stringify(jmespath.search(data, expression)) ?? 'null') as unknown;
    } catch (error) {
      throw new QueryError(`--query does not fit the result: ${(error as Error).message}`);
    }
  };
};

const example = "Write for example: --query 'keyVault.name', or --query '[].{device: device, step: step}'";

const parse = (jmespath: Jmespath, expression: string): unknown => {
  try {
    return jmespath.compile(expression);
  } catch (error) {
    throw new InvalidArgumentError(`It is no JMESPath: ${(error as Error).message}. ${example}`);
  }
};

type Node = { type?: string; name?: unknown };

/** The library looks for a function only when it calls it. */
const functionsIn = (node: unknown): string[] => {
  if (typeof node !== 'object' || node === null) return [];
  const { type, name } = node as Node;
  const own = type === 'Function' && typeof name === 'string' ? [name] : [];
  return [...own, ...Object.values(node).flatMap(functionsIn)];
};

/** Called without arguments, a function complains about them. */
const isFunction = (jmespath: Jmespath, name: string): boolean => {
  try {
    jmespath.search(null, `${name}()`);
    return true;
  } catch (error) {
    return !(error as Error).message.startsWith('Unknown function');
  }
};
