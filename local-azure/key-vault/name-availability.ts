import type { Handler } from '../arm/provider.ts';
import { textIn } from '../json.ts';
import { nameProblem, nameTakenText } from '../vault/errors.ts';
import { findDeletedVault, findVault } from '../vault/store.ts';
import { answer } from './answers.ts';

export const checkNameAvailability: Handler = ({ state, now, body }) => {
  const name = textIn(body, 'name') ?? '';
  const problem = nameProblem(name);
  if (problem) return answer({ nameAvailable: false, reason: 'AccountNameInvalid', message: problem });
  if (findVault(state, name) || findDeletedVault(state, name, now)) {
    return answer({ nameAvailable: false, reason: 'AlreadyExists', message: nameTakenText(name) });
  }
  return answer({ nameAvailable: true });
};
