import { json } from '../arm/answers.ts';
import type { Control } from '../control.ts';
import { activate } from '../device/activate.ts';
import type { LocalAzure } from '../index.ts';

/**
 * The HTTP face of what happens to the local Azure from outside, for `control.localhost`. It needs no token: whoever
 * reaches loopback may also kill the process.
 *
 * `GET /requests` the request log · `POST /devices/NAME/activate` with a key as body · `POST /FUNCTION` with one JSON
 * object calls a function of `control`.
 */
export const answerControl = async (azure: LocalAzure, request: Request): Promise<Response> => {
  const segments = new URL(request.url).pathname.slice(1).split('/').map(decodeURIComponent);
  const [first = '', second = '', third] = segments;
  if (request.method === 'GET' && first === 'requests' && segments.length === 1) return json(200, azure.requests);
  if (request.method !== 'POST') return refused(405, 'MethodNotAllowed', 'Only GET /requests and POST are known here.');
  if (first === 'devices' && third === 'activate' && segments.length === 3) {
    return json(200, await activate(azure, second, await request.text()));
  }
  if (segments.length === 1 && isFunctionName(azure.control, first)) return run(azure.control, first, request);
  return refused(
    404,
    'NotFound',
    `There is no '${segments.join('/')}' here: ${Object.keys(azure.control).join(', ')}.`,
  );
};

const isFunctionName = (control: Control, name: string): name is keyof Control => Object.hasOwn(control, name);

const run = async (control: Control, name: keyof Control, request: Request): Promise<Response> => {
  const text = await request.text();
  try {
    const call = control[name] as (argument: unknown) => unknown;
    return json(200, { result: (await call(text === '' ? {} : JSON.parse(text))) ?? null });
  } catch (error) {
    return refused(400, 'ControlFailed', (error as Error).message);
  }
};

const refused = (status: number, code: string, message: string): Response => json(status, { error: { code, message } });
