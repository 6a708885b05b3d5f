import { refuse, refuseAtGateway, type Refusal } from '../arm/answers.ts';

/** What the service says of a thing that a device does not have. Status, code and text recorded. */
export const entityNotFound = (name: string): Refusal =>
  refuse(
    404,
    'GatewayUserErrorEntityNotFound',
    `Could not find the entity ${name}.\r\nProvide a valid entity name and retry the operation.`,
  );

/** From users' reports, about children of other types. `type` in Azure's spelling, without the namespace. */
export const parentNotFound = (act: 'read' | 'write' | 'delete', type: string, parent: string): Refusal =>
  refuseAtGateway(
    404,
    'ParentResourceNotFound',
    `Failed to perform '${act}' on resource(s) of type '${type}', because the parent resource '${parent}' could not be ` +
      'found.',
  );

/** Code and text assumed, as the status is. `path` names the member: `properties.days`. */
export const invalidValue = (path: string, expected: string): Refusal =>
  refuse(400, 'InvalidParameter', `The value of '${path}' is missing or invalid: expected ${expected}.`);
