/** What is wrong with the set-up, and the remedy: one check a line. */
import type { Config } from '../config.ts';
import type { Check } from './check.ts';
import { diagnoseAzure } from './diagnose-azure.ts';
import { diagnoseRights, type RightsScope } from './diagnose-rights.ts';
import { diagnoseTemporal } from './diagnose-temporal.ts';

/** Looks at everything, also after something has failed. @throws nothing: a failure is a check */
export const diagnose = async (config: Config, rights?: RightsScope): Promise<Check[]> => {
  const [temporal, azure, held] = await Promise.all([
    diagnoseTemporal(config),
    diagnoseAzure(config),
    rights ? diagnoseRights(config, rights) : [],
  ]);
  return [...temporal, ...azure, ...held];
};
