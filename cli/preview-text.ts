/** What an activation would do, for a person. */
import type { ActivationPreview } from '../domain/preview.ts';
import { fields, table } from './output.ts';

export const describePreview = ({ refusals, actions, rights, providers, names }: ActivationPreview): string => {
  const missing = rights
    .filter(({ held }) => !held)
    .map(({ action, for: purpose }) => ({ missing: action, for: purpose }));
  return [
    refusals.length === 0
      ? 'An activation would get to its end. Nothing has been changed.\n'
      : 'An activation would be refused. Nothing has been changed.\n',
    refusals.map(refusalText).join(''),
    table(actions.map(({ action, what }) => ({ action, what }))),
    missing.length > 0 ? table(missing) : `All ${rights.length} rights that it needs are held.\n`,
    table(providers.map(({ namespace, state }) => ({ provider: namespace, state }))),
    names ? fields(names) : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
};

const refusalText = ({ failure, message, who, remedy, retryWith }: ActivationPreview['refusals'][number]): string => {
  const input = retryWith ? `\n    for example with ${JSON.stringify(retryWith)}` : '';
  return `! ${failure}: ${message}\n    ${who}: ${remedy}${input}\n`;
};
