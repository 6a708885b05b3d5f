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
  const nodes = nodesIn(parse(jmespath, expression));
  const fault = nodes.map((node) => faultOf(jmespath, node)).find((found) => found !== undefined);
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}: "${expression}". ${example}`);
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
    // The parser of the library fails by itself on some expressions, with a message about its own code.
    const reason = error instanceof TypeError ? `"${expression}" cannot be parsed` : (error as Error).message;
    throw new InvalidArgumentError(`Not a JMESPath expression: ${reason}. ${example}`);
  }
};

/** A part of a parsed expression. A missing part is `undefined`. */
type Node = { type?: string; name?: string; children?: readonly unknown[] } | undefined;

/** Returns the parts of an expression. The value of a literal is data. */
const nodesIn = (node: unknown): Node[] => {
  if (node === undefined) return [undefined];
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap(nodesIn);
  return [node, ...((node as { type?: string }).type === 'Literal' ? [] : Object.values(node).flatMap(nodesIn))];
};

/** Returns what is wrong with a part whatever the data: the library reports it only when the data reach this part. */
const faultOf = (jmespath: Jmespath, node: Node): string | undefined => {
  if (node === undefined) return 'Not a JMESPath expression: a name is missing after a dot';
  if (node.type === 'Slice' && node.children?.[2] === 0) return 'The step of a slice cannot be 0';
  if (node.type !== 'Function' || node.name === undefined) return undefined;
  const message = complaintOf(jmespath, node.name, node.children ?? []);
  if (message.startsWith('Unknown function')) return `JMESPath has no function ${node.name}()`;
  return /^ArgumentError: |type expression/.test(message) ? message.replace(/^\w+Error: |\.$/g, '') : undefined;
};

/** Returns the complaint of a function about empty lists in place of its data; whether `&` is there is known without data. */
const complaintOf = (jmespath: Jmespath, name: string, given: readonly unknown[]): string => {
  const isReference = (node: unknown): boolean => (node as Node)?.type === 'ExpressionReference';
  try {
    jmespath.search(null, `${name}(${given.map((node) => (isReference(node) ? '&a' : '`[]`')).join(', ')})`);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
