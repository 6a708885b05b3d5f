/** Tags are never written back whole: Azure merges them, so that what somebody else writes meanwhile stays. */
import type { Azure } from '../azure/clients.ts';
import type { DeviceId } from '../domain/device.ts';
import { NotYet } from '../domain/failures.ts';
import type { Tags } from '../domain/ownership.ts';
import { recall, remember } from './call.ts';

/** Kept between attempts. */
export type Written = { tagsWritten?: Operation[] };
type Operation = 'Merge' | 'Delete';

/** Of the subscription of the device. */
type Resource = { id: string };

/** Adds these tags, or gives them these values. One write; none where there are no tags. @throws NotYet NotInEffect */
export const mergeTags = (azure: Azure, device: DeviceId, resource: Resource, tags: Tags): Promise<void> =>
  write(azure, device, resource, 'Merge', tags);

/**
 * Takes away these tags, as mergeTags adds some.
 * @param tags by name and value as they were found: another value that somebody has written since stays
 */
export const removeTags = (azure: Azure, device: DeviceId, resource: Resource, tags: Tags): Promise<void> =>
  write(azure, device, resource, 'Delete', tags);

/**
 * Each operation is carried out once in an activity, whatever its next attempt sees: a policy that undoes it would do so
 * for ever. It is not polled here, since its Retry-After may be longer than an attempt: mostly the first answer is the
 * last (recorded), and where Azure takes its time the next attempt goes on with what it finds.
 */
const write = async (
  azure: Azure,
  { subscriptionId }: DeviceId,
  { id }: Resource,
  operation: Operation,
  tags: Tags,
): Promise<void> => {
  const { tagsWritten = [] } = recall() as Written;
  if (Object.keys(tags).length === 0 || tagsWritten.includes(operation)) return;
  const scope = id.replace(/^\/+/, '');
  const writing = azure.subscription(subscriptionId).tags.updateAtScope(scope, { operation, properties: { tags } });
  await writing.submitted();
  remember({ tagsWritten: [...tagsWritten, operation] } satisfies Written);
  if (!writing.isDone) throw new NotYet('NotInEffect', `the tags of ${id} are still being written`, 2000);
};
