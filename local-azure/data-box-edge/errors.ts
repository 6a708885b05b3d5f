import { refuse, type Refusal } from '../arm/answers.ts';

/** What the service says of a thing that a device does not have. Status, code and text recorded. */
export const entityNotFound = (name: string): Refusal =>
  refuse(
    404,
    'GatewayUserErrorEntityNotFound',
    `Could not find the entity ${name}.\r\nProvide a valid entity name and retry the operation.`,
  );

/** Code and text assumed, as the status is. `path` names the member: `properties.days`. */
export const invalidValue = (path: string, expected: string): Refusal =>
  refuse(400, 'InvalidParameter', `The value of '${path}' is missing or invalid: expected ${expected}.`);
