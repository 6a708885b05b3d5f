import { refuseAtGateway } from '../arm/answers.ts';

const longest = 90;

/** Code and first text from users' reports; the other texts and the status 400 are assumed. */
export const assertGroupName = (name: string): void => {
  const problem = problemOf(name);
  if (problem !== undefined) {
    throw refuseAtGateway(400, 'InvalidResourceGroup', `The provided resource group name '${name}' ${problem}`);
  }
};

const problemOf = (name: string): string | undefined => {
  const foreign = [...new Set(name.match(/[^\p{L}\p{N}._()-]/gu))];
  if (foreign.length > 0) {
    return (
      `has these invalid characters: '${foreign.join('')}'. The name can only be a letter, digit, '-', '.', '(', ')' ` +
      `or '_'.`
    );
  }
  if (name.length > longest) {
    return `has a length of '${name.length}' which exceeds the maximum length of '${longest}'.`;
  }
  return name.endsWith('.') ? 'ends with a period, which is not allowed.' : undefined;
};
