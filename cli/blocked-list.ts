import type { BlockedSurvey } from '../client.ts';
import { linksInto } from '../client/searches.ts';
import { readConfig } from '../config.ts';
import { readFilter, sayNothingFound, type FilterOptions } from './blocked-filter.ts';
import { formatOf, print, say, type CommonOptions } from './command.ts';
import { describeLinks } from './links-text.ts';
import { table } from './output.ts';
import { withAse } from './session.ts';

type Options = CommonOptions & FilterOptions;

export const listBlocked = async (options: Options): Promise<void> => {
  const config = readConfig();
  const filter = readFilter(options, config);
  await withAse(config, options, async (ase) => {
    const survey = await ase.surveyBlocked(filter);
    if (survey.total === 0) await sayNothingFound(ase, filter);
    for (const queue of survey.silentQueues) say(`No worker answers on the task queue "${queue}": ${unknown}`);
    for (const text of describeTaskFailures(survey)) say(text);
    print(survey, options, () => describeSurvey(survey));
    if (formatOf(options) === 'table') say(describeLinks(linksInto(config)));
  });
};

/** Each once: what one of them fails by, all of them mostly do. */
const describeTaskFailures = ({ operations }: BlockedSurvey): Set<string> =>
  new Set(
    operations.flatMap(({ taskFailure }) =>
      taskFailure ? `A worker answers, but workflow tasks fail: ${taskFailure.message}\n  ${taskFailure.remedy}` : [],
    ),
  );

const unknown = 'since when and with which message they are blocked is not known, and nothing goes on until one runs.';

/** The counts, then the operations. */
export const describeSurvey = ({ total, counts, operations }: BlockedSurvey): string => {
  if (total === 0) return '';
  const rows = operations.map(({ device, step, failure, since, procedure }) => ({
    device,
    step,
    failure,
    since,
    procedure,
  }));
  const shown = operations.length < total ? `The first ${operations.length}:\n` : '';
  return `${total} blocked:\n${table(counts)}\n${shown}${table(rows)}`;
};
