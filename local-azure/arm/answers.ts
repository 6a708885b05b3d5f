import type { Json } from '../json.ts';

/** A JSON answer. */
export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });

export const empty = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

/** What an error may say besides code and message, and the headers that go with it. */
type More = { target?: string; details?: Json; headers?: Record<string, string> };

/** An answer that ends the handling of a request where it is thrown. */
export class Refusal extends Error {
  readonly answer: Response;

  constructor(answer: Response) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** Refused by the resource provider. */
export const refuse = (status: number, code: string, message: string, { headers = {}, ...more }: More = {}): Refusal =>
  new Refusal(json(status, { error: { code, message, ...more } }, headers));

/** The answer of a handler, also where a refusal ended it. */
export const answerOrRefusal = async (handle: () => Promise<Response>): Promise<Response> => {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    throw error;
  }
};

/** Refused by Azure Resource Manager itself, before any resource provider saw it. */
export const refuseAtGateway = (
  status: number,
  code: string,
  message: string,
  { headers = {}, ...more }: More = {},
): Refusal => refuse(status, code, message, { ...more, headers: { 'x-ms-failure-cause': 'gateway', ...headers } });

/** Text and status recorded. `type` in Azure's spelling, e.g. `Microsoft.KeyVault/vaults`. */
export const resourceNotFound = (type: string, name: string, group: string | undefined): Refusal =>
  refuseAtGateway(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}' under resource group '${group ?? '<null>'}' was not found. ` +
      'For more details please go to https://aka.ms/ARMResourceNotFoundFix',
  );

/** From users' reports, about children of some types. `type` in Azure's spelling, without the namespace. */
export const parentNotFound = (act: 'read' | 'write' | 'delete', type: string, parent: string): Refusal =>
  refuseAtGateway(
    404,
    'ParentResourceNotFound',
    `Failed to perform '${act}' on resource(s) of type '${type}', because the parent resource '${parent}' could not be ` +
      'found.',
  );
