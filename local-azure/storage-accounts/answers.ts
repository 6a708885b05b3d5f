import { json, refuse, type Refusal } from '../arm/answers.ts';

/** This provider names no charset (recorded; for its refusals assumed). */
export const served = { 'content-type': 'application/json' };

export const answer = (body: unknown): Response => json(200, body, served);

/** Nothing but a status, which comes as an empty text (recorded). */
export const emptyText = (status: number, headers: Record<string, string> = {}): Response =>
  new Response('', { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } });

export const refused = (status: number, code: string, message: string): Refusal =>
  refuse(status, code, message, { headers: served });

/** Code and text from users' reports. `what` as Azure ends the sentence, with its full stop. */
export const invalid = (what: string): Refusal =>
  refused(400, 'InvalidValuesForRequestParameters', `Values for request parameters are invalid: ${what}`);
