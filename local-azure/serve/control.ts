import { json } from '../arm/answers.ts';
import type { Control } from '../control.ts';
import { assertArgument } from '../control/argument.ts';
import { descriptions } from '../control/descriptions.ts';
import { faultExamples, plainFaults } from '../faults/action.ts';
import { activate } from '../device/activate.ts';
import type { LocalAzure } from '../index.ts';
import { isObject, parseJson, type Json } from '../json.ts';

/**
 * The HTTP face of what happens to the local Azure from outside, for `control.localhost`. It needs no token: whoever
 * reaches loopback may also kill the process. Pages in a browser reach loopback too, and may not: they cannot send JSON
 * to it without being asked for their origin, and a name of their own that leads here is no name of ours.
 */
export const answerControl = async (azure: LocalAzure, request: Request): Promise<Response> => {
  if (request.headers.has('origin')) {
    return refused(403, 'OriginNotAllowed', 'Pages in a browser may not control the local Azure.');
  }
  const { pathname, searchParams } = new URL(request.url);
  if (request.method === 'GET') return answerGet(azure, pathname, searchParams);
  if (request.method !== 'POST') return refused(405, 'MethodNotAllowed', `Say GET or POST, not ${request.method}.`);
  const body = await bodyOf(request);
  if (body instanceof Response) return body;
  const device = /^\/devices\/([^/]+)\/activate$/.exec(pathname)?.[1];
  if (device !== undefined) return await paste(azure, decoded(device), body);
  const name = pathname.slice(1);
  if (isFunctionName(azure.control, name)) return await run(azure, name, body);
  return notFound(pathname);
};

const answerGet = (azure: LocalAzure, pathname: string, query: URLSearchParams): Response => {
  if (pathname === '/') return selfDescription();
  if (pathname !== '/requests') return notFound(pathname);
  return json(200, azure.control.listRequests({ since: Number(query.get('since') ?? 0) || 0 }));
};

/** For people: one line for each thing that can be asked. */
const selfDescription = (): Response => {
  const functions = Object.entries(descriptions).map(([name, { does, example }]) => [
    `POST /${name}`,
    example ? `${does}: ${JSON.stringify(example)}` : does,
  ]);
  const all = {
    'GET /': 'this',
    'GET /requests': 'the request log, oldest first; ?since=10 leaves out the first ten',
    'POST /devices/NAME/activate': 'pastes an activation key into a device: {"key":"..."}',
    ...(Object.fromEntries(functions) as Record<string, string>),
    actions: { ...plainFaults, like: faultExamples },
  };
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return new Response(`${JSON.stringify(all, null, 2)}\n`, { headers });
};

/** What was sent; nothing at all is an empty object. */
const bodyOf = async (request: Request): Promise<Json | Response> => {
  const text = await request.text();
  const type = request.headers.get('content-type');
  if (text === '' && type === null) return {};
  if (!/^application\/json\b/i.test(type ?? '')) {
    return refused(
      415,
      'UnsupportedMediaType',
      "Send JSON and say so: content-type: application/json (curl --json '{}').",
    );
  }
  return (text === '' ? {} : parseJson(text)) ?? refused(400, 'NotJson', 'The body is not JSON.');
};

const paste = async (azure: LocalAzure, device: string, body: Json): Promise<Response> => {
  const key = isObject(body) ? body['key'] : undefined;
  if (typeof key !== 'string') return refused(400, 'KeyMissing', 'Send the activation key as {"key":"..."}.');
  return json(200, await activate(azure, device, key));
};

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

const isFunctionName = (control: Control, name: string): name is keyof Control => Object.hasOwn(control, name);

const run = async (azure: LocalAzure, name: keyof Control, argument: Json): Promise<Response> => {
  try {
    assertArgument(name, argument);
    const call = azure.control[name] as (argument: Json) => unknown;
    const result = call(argument) ?? null;
    await azure.deliverLate();
    return json(200, { result });
  } catch (error) {
    return refused(400, 'ControlFailed', (error as Error).message);
  }
};

const notFound = (pathname: string): Response =>
  refused(404, 'NotFound', `There is no '${pathname.slice(1)}' here: GET / lists what there is.`);

const refused = (status: number, code: string, message: string): Response => json(status, { error: { code, message } });
