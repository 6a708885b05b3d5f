import { refuseAtGateway, type Refusal } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { ResourceGroup, State } from '../state.ts';

/** The group of this id, unless its deletion has ended meanwhile; one with `goneAt` is being deleted. */
export const findGroup = (state: State, id: string, now: number): ResourceGroup | undefined => {
  const group = state.groups[fold(id)];
  return group?.goneAt === undefined || group.goneAt > now ? group : undefined;
};

export const groupNotFound = (name: string): Refusal =>
  refuseAtGateway(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);

export const groupBeingDeleted = (name: string): Refusal =>
  refuseAtGateway(
    409,
    'ResourceGroupBeingDeleted',
    `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
  );
