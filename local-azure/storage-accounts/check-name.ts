import type { ArmCall } from '../arm/provider.ts';
import { own, textIn } from '../json.ts';
import { nameProblem, takenText } from './account.ts';
import { answer } from './answers.ts';

/** Whether the name is free in the world; one that is being created is not. Always 200 (recorded for a taken one). */
export const checkName = ({ state, body }: ArmCall): Response => {
  const name = textIn(body, 'name') ?? '';
  const problem = nameProblem(name);
  if (problem) return answer({ nameAvailable: false, reason: 'AccountNameInvalid', message: problem });
  if (own(state.storageAccounts, name)) {
    return answer({ nameAvailable: false, reason: 'AlreadyExists', message: takenText(name) });
  }
  return answer({ nameAvailable: true });
};
