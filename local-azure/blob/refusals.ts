import { Refusal } from '../arm/answers.ts';
import type { BlobCall } from './call.ts';
import { element, fields, xml } from './xml.ts';

type Refused = Pick<BlobCall, 'requestId' | 'now'>;

/** The error of a storage service; the message ends with the request's id and time, as everywhere in storage. */
export const refuseBlob = (
  { requestId, now }: Refused,
  status: number,
  code: string,
  message: string,
  { detail, headers = {} }: { detail?: string; headers?: Record<string, string> } = {},
): Refusal =>
  new Refusal(
    xml(
      status,
      element(
        'Error',
        fields({
          Code: code,
          Message: `${message}\nRequestId:${requestId}\nTime:${new Date(now).toISOString()}`,
          ...(detail === undefined ? {} : { AuthenticationErrorDetail: detail }),
        }),
      ),
      { 'x-ms-error-code': code, ...headers },
    ),
  );

/** Codes and texts of all that follow are documented. */
export const permissionMismatch = (call: Refused): Refusal =>
  refuseBlob(
    call,
    403,
    'AuthorizationPermissionMismatch',
    'This request is not authorized to perform this operation using this permission.',
  );

export const containerNotFound = (call: Refused): Refusal =>
  refuseBlob(call, 404, 'ContainerNotFound', 'The specified container does not exist.');

export const blobNotFound = (call: Refused): Refusal =>
  refuseBlob(call, 404, 'BlobNotFound', 'The specified blob does not exist.');

export const invalidQuery = (call: Refused): Refusal =>
  refuseBlob(
    call,
    400,
    'InvalidQueryParameterValue',
    'Value for one of the query parameters specified in the request URI is invalid.',
  );

export const unsupportedVerb = (call: Refused): Refusal =>
  refuseBlob(call, 405, 'UnsupportedHttpVerb', "The resource doesn't support specified Http Verb.");

export const invalidUri = (call: Refused): Refusal =>
  refuseBlob(call, 400, 'InvalidUri', 'The requested URI does not represent any resource on the server.');
