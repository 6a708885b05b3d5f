/** Forms in which Azure writes a moment, milliseconds since 1970. */

/** `2023-05-15T15:47:30Z` */
export const toTheSecond = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** `2023-05-15 15:47:30Z` */
export const spaced = (ms: number): string => toTheSecond(ms).replace('T', ' ');

/** .NET prints seven decimals of a second; the clock knows three. */
export const sevenDecimals = (ms: number): string => new Date(ms).toISOString().replace('Z', '0000Z');
