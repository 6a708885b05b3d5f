import { json, Refusal } from '../arm/answers.ts';

/** Refused by the data plane; `inner` tells causes of one code apart. */
export const refuseData = (status: number, code: string, message: string, inner?: string): Refusal =>
  new Refusal(json(status, { error: { code, message, ...(inner ? { innererror: { code: inner } } : {}) } }));

/** Refused for want of a good token, with the challenge that tells clients where to get one (recorded). */
export const challenge = (message: string, authority: string, resource: string): Refusal =>
  new Refusal(
    json(
      401,
      { error: { code: 'Unauthorized', message } },
      { 'www-authenticate': `Bearer authorization="${authority}", resource="${resource}"` },
    ),
  );

export const badParameter = (message: string): Refusal => refuseData(400, 'BadParameter', message);

export const disabled = (): Refusal =>
  refuseData(403, 'Forbidden', 'Operation get is not allowed on a disabled secret.', 'SecretDisabled');
