import https from 'node:https';
import type { LookupFunction } from 'node:net';

/**
 * An agent that reaches the served local Azure: it trusts that authority alone and resolves every name to loopback,
 * because the C library resolves no name below `localhost`.
 */
export const loopbackAgent = (ca: string): https.Agent => new https.Agent({ ca, lookup, keepAlive: true });

const lookup: LookupFunction = (_name, options, found) => {
  if (options.all === true) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};
