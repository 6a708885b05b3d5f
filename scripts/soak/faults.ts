/** A tenth of all calls to Azure goes wrong, in every way in which that can be known or unknown to the caller. */
import type { FaultRule } from '../../local-azure/faults/index.ts';

export const faults: FaultRule[] = [
  { chance: 0.02, action: { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1' } } },
  { chance: 0.02, action: { status: 503, code: 'ServiceUnavailable' } },
  { chance: 0.01, action: { status: 500, code: 'InternalServerError' } },
  { chance: 0.01, action: 'refuse' },
  { chance: 0.01, action: 'reset' },
  { chance: 0.01, action: 'loseAnswer' },
  { chance: 0.005, action: 'deliverTwice' },
  { chance: 0.005, action: { deliverLate: { afterMs: 30_000 } } },
  { chance: 0.005, action: 'hang' },
  { chance: 0.005, action: 'truncateBody' },
  { chance: 0.005, action: 'cutJson' },
];
