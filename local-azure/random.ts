/** Whatever carries the seed of the local Azure's pseudo-random numbers: the state, so that a restored world repeats them. */
export type Seeded = { seed: number };

/** The next number in [0, 1), by mulberry32. Nothing here is a secret: the local Azure is for one machine. */
export const draw = (state: Seeded): number => {
  state.seed = (state.seed + 0x6d2b79f5) | 0;
  let t = Math.imul(state.seed ^ (state.seed >>> 15), 1 | state.seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

/** `length` lower-case hexadecimal digits, as in a secret's version (32). */
export const hex = (state: Seeded, length = 32): string => {
  let digits = '';
  while (digits.length < length)
    digits += Math.floor(draw(state) * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return digits.slice(0, length);
};

/** A version 4 UUID. */
export const guid = (state: Seeded): string => {
  const digits = hex(state, 32);
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20),
  ].join('-');
};
