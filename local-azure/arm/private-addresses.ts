/** The ranges that nobody can come from over the internet (RFC 1918): the firewalls of Azure do not take them. */
const ranges: readonly [first: string, last: string, begins: RegExp][] = [
  ['10.0.0.0', '10.255.255.255', /^10\./],
  ['172.16.0.0', '172.31.255.255', /^172\.(1[6-9]|2\d|3[01])\./],
  ['192.168.0.0', '192.168.255.255', /^192\.168\./],
];

/** The private range that an address, or a range of them, begins in; nothing for all others. */
export const privateRangeOf = (address: string): { first: string; last: string } | undefined => {
  const [first, last] = ranges.find(([, , begins]) => begins.test(address)) ?? [];
  return first === undefined || last === undefined ? undefined : { first, last };
};
