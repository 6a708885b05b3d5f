/** Every single disturbance of a scenario: what, and where. */
import { boundaryEvents } from './boundaries.ts';
import { isTelling, passes, requestFaults, toTokenService } from './faults.ts';
import type { Golden, Site } from './golden.ts';
import type { Disturbance } from './play.ts';

export type Case = {
  scenario: string;
  /** A request, an attempt or a step, counted from 0. */
  where: string;
  what: string;
  disturbance: Disturbance;
  mayChangeNothing: boolean;
  says: boolean;
  telling?: boolean;
  /** Something happens to a request for a token. */
  signIn?: boolean;
  /** Nobody is asked, nothing is started again, and no attempt stays. */
  passes?: boolean;
  /** Requests that something must happen to. */
  hits?: number;
};

/** Of a scenario with tokens that run out only what becomes of its renewals: the rest is played without. */
export const casesOf = (golden: Golden): Case[] =>
  golden.scenario.tokensLeft === undefined
    ? [...atRequests(golden), ...atAttempts(golden), ...atSteps(golden)]
    : atRequests({ ...golden, sites: golden.sites.filter(toTokenService) });

const place = ({ site, method, action, path }: Site): string => `request ${site}, ${method} ${action ?? path}`;

const atRequests = ({ scenario, sites }: Golden): Case[] =>
  sites.flatMap((site) =>
    requestFaults
      .filter(({ suits }) => suits(site))
      .map((fault) => ({
        scenario: scenario.name,
        where: place(site),
        what: fault.name,
        disturbance: { requests: new Map([[site.site, fault]]), mended: fault.mended ?? false },
        // A name that did not resolve in the undisturbed run either leaves little to disturb.
        mayChangeNothing: fault.mayChangeNothing ?? !/^\d/.test(site.seen),
        says: false,
        telling: isTelling(site, fault),
        signIn: toTokenService(site),
        passes: passes(site, fault),
      })),
  );

const atAttempts = ({ scenario, attempts }: Golden): Case[] =>
  attempts.flatMap(({ name }, index) =>
    (['before', 'after'] as const).map((dies) => ({
      scenario: scenario.name,
      where: `attempt ${index}, ${name}`,
      what: `the worker dies ${dies} it`,
      disturbance: { attempt: { index, dies } },
      mayChangeNothing: false,
      says: false,
    })),
  );

const atSteps = ({ scenario, begunAfter }: Golden): Case[] =>
  begunAfter.flatMap((_, index) =>
    boundaryEvents
      .filter(({ suits }) => suits(scenario))
      .map(({ name, happens, says = false }) => ({
        scenario: scenario.name,
        where: `step ${index}`,
        what: name,
        disturbance: { step: { index, happens } },
        mayChangeNothing: false,
        says,
      })),
  );

/** Faults whose pairs are played: those that leave a doubt about a write, and a plain one for every request. */
const inPairs = [
  'answer lost',
  'delivered twice',
  'worker dies after it',
  'hangs, and lands 45 s late',
  'carried out, then Temporal forgets',
];

/** Every two of them at every two requests. */
export const pairsOf = ({ scenario, sites }: Golden): Case[] => {
  const singles = sites.flatMap((site) =>
    requestFaults
      .filter(({ name, suits }) => name === 'reset' || (site.write && inPairs.includes(name) && suits(site)))
      .map((fault) => ({ site, fault })),
  );
  return singles.flatMap((first, index) =>
    singles.slice(index + 1).flatMap((second) => {
      if (first.site.site === second.site.site) return [];
      const names = [first.fault.name, second.fault.name];
      const has = (word: string): boolean => names.some((name) => name.includes(word));
      return {
        scenario: scenario.name,
        where: `${place(first.site)} and ${place(second.site)}`,
        what: names.join(' and '),
        disturbance: {
          requests: new Map([
            [first.site.site, first.fault],
            [second.site.site, second.fault],
          ]),
          mended: has('late') && has('forgets'),
        },
        mayChangeNothing: false,
        says: false,
        hits: 2,
      };
    }),
  );
};
