import { refuseAtGateway, type Refusal } from '../arm/answers.ts';
import { forgetExtensions } from '../arm/extensions.ts';
import { fold } from '../arm/path.ts';
import { own } from '../json.ts';
import type { ResourceGroup, State } from '../state.ts';

/** The group of this id; one with `goneAt` is being deleted. */
export const findGroup = (state: State, id: string): ResourceGroup | undefined => own(state.groups, fold(id));

/** Groups whose deletion is over. */
export const ripenGroups = (state: State, now: number): void => {
  for (const [key, { id, goneAt }] of Object.entries(state.groups)) {
    if (goneAt === undefined || goneAt > now) continue;
    forgetExtensions(state, id);
    delete state.groups[key];
  }
};

export const groupNotFound = (name: string): Refusal =>
  refuseAtGateway(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);

export const groupBeingDeleted = (name: string): Refusal =>
  refuseAtGateway(
    409,
    'ResourceGroupBeingDeleted',
    `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
  );
