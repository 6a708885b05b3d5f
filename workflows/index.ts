/** Every workflow type the worker runs; their names are an API. */
export async function hello(name: string): Promise<string> {
  return `hello ${name}`;
}
