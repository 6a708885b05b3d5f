import { listOf, objectOf, oneOf, timeOfDay, wholeNumber } from './body-reader.ts';
import type { ChildType } from './children.ts';

/** How much of the network a device may take, and when. A rate of 0 is unlimited (recorded). */
export const bandwidthSchedules: ChildType = {
  type: 'bandwidthSchedules',
  read: objectOf({
    start: timeOfDay,
    stop: timeOfDay,
    rateInMbps: wholeNumber,
    days: listOf(oneOf('Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday')),
  }),
};
