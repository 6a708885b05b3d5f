/** Virtual time: milliseconds since the epoch that stand still until somebody advances them. */
export class VirtualClock {
  #now: number;

  constructor(startsAt: number = Date.UTC(2026, 0, 1)) {
    this.#now = startsAt;
  }

  now(): number {
    return this.#now;
  }

  advanceTo(time: number): void {
    if (!(time >= this.#now)) throw new RangeError(`the clock cannot go back from ${this.#now} to ${time}`);
    this.#now = time;
  }
}
