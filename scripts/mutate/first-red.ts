/** A reporter that says nothing and ends the tests at the first that fails. */
import type { TestEvent } from 'node:test/reporters';

export default async function* firstRed(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type } of events) if (type === 'test:fail') process.exit(1);
  yield '';
}
