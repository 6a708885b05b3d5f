import { fold } from '../arm/path.ts';
import type { Condition } from '../arm/filter.ts';

/** Whether tags fulfil `tagName` and `tagValue`. Names of tags know no case, their values do (documented). */
export const tagsMatch = (tags: Record<string, string> = {}, conditions: Condition[]): boolean => {
  const wanted = (field: string): string | undefined =>
    conditions.find((condition) => condition.field === field)?.value;
  const [name, value] = [wanted('tagname'), wanted('tagvalue')];
  return (
    (name === undefined && value === undefined) ||
    Object.entries(tags).some(
      ([tag, text]) => (name === undefined || fold(tag) === fold(name)) && (value === undefined || text === value),
    )
  );
};
