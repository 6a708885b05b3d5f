/** The status as short markdown for Temporal's UI: lists and short code lines, since tables and long lines break there. */
import type { Block, DecisionRecord, Status, StepRecord } from './messages.ts';

export const markdownOf = ({ procedure, device, steps, blocked, decisions, activationKey }: Status): string =>
  [
    `**${procedure}**${device ? ` for ${escaped(device)}` : ''}`,
    ...(blocked ? describeBlock(blocked) : []),
    ...(activationKey
      ? [`**Activation key**: fingerprint ${activationKey.fingerprint}, expires ${activationKey.expiresOn}`]
      : []),
    ...titled('Steps', steps.map(describeStep)),
    ...titled('Decisions', decisions.map(describeDecision)),
  ].join('\n\n');

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`**${title}**`, lines.map((line) => `- ${line}`).join('\n')];

const marks: Record<StepRecord['state'], string> = {
  done: 'done:',
  running: '**now:**',
  blocked: '**blocked:**',
  skipped: 'skipped:',
  postponed: 'postponed:',
  failed: 'failed:',
};

const describeStep = ({ state, says }: StepRecord): string => `${marks[state]} ${escaped(says)}`;

const describeDecision = ({ applied, decision, step, by, reason, ignoredBecause }: DecisionRecord): string => {
  const why = [reason, ignoredBecause].flatMap((text) => (text ? [`, ${escaped(text)}`] : [])).join('');
  return `${applied ? 'applied' : 'ignored'}: ${decision} of ${step} by ${escaped(by)}${why}`;
};

const describeBlock = (block: Block): string[] => [
  `**BLOCKED at ${block.step}: ${block.failure}**`,
  escaped(block.message),
  `**To do (${block.who})**: ${escaped(block.remedy)}`,
  block.heals
    ? 'It goes on by itself when the cause is gone. To decide before that, send'
    : 'It waits for a decision. Send',
  `\`decide\` ${code(exampleDecision(block))}`,
  ...titled('Choices', [
    `retry${block.accepts.length > 0 ? `, with input: ${block.accepts.join(', ')}` : ''}`,
    ...(block.skippable ? ['skip: go on without the audit trail'] : []),
    ...(block.abortable ? ['abort: end the procedure; what is done stays done'] : []),
  ]),
];

/** A decision that can be copied as it is: it gets past the block where we know how. */
export const exampleDecision = ({ step, block, retryWith }: Block): string =>
  JSON.stringify({ step, block, decision: 'retry', by: 'you', ...(retryWith ? { input: retryWith } : {}) });

const code = (text: string): string => `\`${text}\``;

/** Text of Azure and of people is shown as text: the UI renders raw links. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|~-]/g, '\\$&');
