import { json } from '../arm/answers.ts';
import type { ArmCall } from '../arm/provider.ts';
import { own, textIn } from '../json.ts';
import { nameProblem, takenText } from './account.ts';

/** Whether the name is free in the world; one that is being created is not. Always 200 (recorded for a taken one). */
export const checkName = ({ state, body }: ArmCall): Response => {
  const name = textIn(body, 'name') ?? '';
  const problem = nameProblem(name);
  if (problem) return json(200, { nameAvailable: false, reason: 'AccountNameInvalid', message: problem });
  if (own(state.storageAccounts, name)) {
    return json(200, { nameAvailable: false, reason: 'AlreadyExists', message: takenText(name) });
  }
  return json(200, { nameAvailable: true });
};
