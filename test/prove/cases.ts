/** Every single disturbance of a scenario: what, and where. */
import { boundaryEvents } from './boundaries.ts';
import { requestFaults } from './faults.ts';
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
};

export const casesOf = (golden: Golden): Case[] => [...atRequests(golden), ...atAttempts(golden), ...atSteps(golden)];

const place = ({ site, method, action, path }: Site): string => `request ${site}, ${method} ${action ?? path}`;

const atRequests = ({ scenario, sites }: Golden): Case[] =>
  sites.flatMap((site) =>
    requestFaults
      .filter(({ suits }) => suits(site))
      .map((fault) => ({
        scenario: scenario.name,
        where: place(site),
        what: fault.name,
        disturbance: { requests: new Map([[site.site, fault]]) },
        // A name that did not resolve in the undisturbed run either leaves little to disturb.
        mayChangeNothing: fault.mayChangeNothing ?? !/^\d/.test(site.seen),
        says: false,
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
