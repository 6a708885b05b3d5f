/** `--query`: JMESPath as in `az`, by the library of the language's author. */
import { createRequire } from 'node:module';
import { InvalidArgumentError } from 'commander';

/** Reports a query that does not fit the result of a command that has run. */
export class QueryError extends Error {}

/** Selects from a result. @throws QueryError */
export type Query = (data: unknown) => unknown;

/** The part of the library that is used; version 0.16 has no types. */
type Jmespath = { compile: (expression: string) => unknown; search: (data: unknown, expression: string) => unknown };

/** Parses an expression before anything is started. @throws InvalidArgumentError */
export const readQuery = (expression: string): Query => {
  // Loaded on demand.
  const jmespath = createRequire(import.meta.url)('jmespath') as Jmespath;
  const unknown = functionsIn(parse(jmespath, expression)).find((name) => !isFunction(jmespath, name));
  if (unknown !== undefined) throw new InvalidArgumentError(`JMESPath has no function ${unknown}(). ${example}`);
  return (data) => {
    try {
      // Methods and expressions are not data, and are dropped.
      return JSON.parse(JSON.stringify(jmespath.search(data, expression)) ?? 'null') as unknown;
    } catch (error) {
      throw new QueryError(`--query does not fit the result: ${(error as Error).message}`);
    }
  };
};

const example = "For example: --query 'keyVault.name', or --query '[].{device: device, step: step}'";

const parse = (jmespath: Jmespath, expression: string): unknown => {
  try {
    return jmespath.compile(expression);
  } catch (error) {
    throw new InvalidArgumentError(`Not a JMESPath expression: ${(error as Error).message}. ${example}`);
  }
};

type Node = { type?: string; name?: unknown };

/** Returns the functions that an expression calls: the library does not check them until then. */
const functionsIn = (node: unknown): string[] => {
  if (typeof node !== 'object' || node === null) return [];
  const { type, name } = node as Node;
  const own = type === 'Function' && typeof name === 'string' ? [name] : [];
  return [...own, ...Object.values(node).flatMap(functionsIn)];
};

/** Returns whether a function exists: a known one reports its missing arguments. */
const isFunction = (jmespath: Jmespath, name: string): boolean => {
  try {
    jmespath.search(null, `${name}()`);
    return true;
  } catch (error) {
    return !(error as Error).message.startsWith('Unknown function');
  }
};
