/** The status as short markdown for Temporal's UI: lists and short code lines, since tables and long lines break there. */
import type { Block, Status, StepRecord } from './messages.ts';

export const describe = ({ procedure, device, steps, blocked, decisions, activationKey }: Status): string =>
  [
    `**${procedure}**${device ? ` for ${escaped(device)}` : ''}`,
    ...(blocked ? describeBlock(blocked) : []),
    ...(activationKey
      ? [`Activation key: fingerprint ${activationKey.fingerprint}, expires ${activationKey.expiresOn}`]
      : []),
    steps.map((step) => `- ${marks[step.state]} ${escaped(step.says)}`).join('\n'),
    decisions
      .map(
        (d) =>
          `- ${d.applied ? 'applied' : 'ignored'}: ${d.decision} of ${d.step} by ${escaped(d.by)}${d.reason ? `, ${escaped(d.reason)}` : ''}`,
      )
      .join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');

const marks: Record<StepRecord['state'], string> = {
  done: 'done:',
  running: 'now:',
  blocked: '**blocked:**',
  skipped: 'skipped:',
  failed: 'failed:',
};

const describeBlock = (block: Block): string[] => [
  `**BLOCKED at ${block.step}: ${block.failure}**`,
  escaped(block.message),
  `To do (${block.who}): ${escaped(block.remedy)}`,
  [
    block.heals ? '- It goes on by itself when the cause is gone.' : '- It waits for a decision.',
    `- Send the update or signal \`decide\`:`,
    `- \`${exampleDecision(block)}\``,
    ...(block.accepts.length > 0 ? [`- \`retry\` may carry \`input\` with: ${block.accepts.join(', ')}`] : []),
    ...(block.skippable ? ['- `skip` goes on without the audit trail.'] : []),
  ].join('\n'),
];

/** A decision that can be copied as it is: it gets past the block where we know how. */
export const exampleDecision = ({ step, block, retryWith }: Block): string =>
  JSON.stringify({ step, block, decision: 'retry', by: 'you', ...(retryWith ? { input: retryWith } : {}) });

/** Text of Azure and of people is shown as text: the UI renders raw links. */
const escaped = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|~-]/g, '\\$&');
