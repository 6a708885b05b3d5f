/** What a client sees when no answer comes: the code is the one that Node's sockets use. */
export type SocketErrorCode = 'ENOTFOUND' | 'ECONNREFUSED' | 'ECONNRESET';

export const socketError = (code: SocketErrorCode, message: string): Error & { code: SocketErrorCode } =>
  Object.assign(new Error(message), { code });

/** The host name does not resolve. */
export const unresolved = (host: string): Error => socketError('ENOTFOUND', `getaddrinfo ENOTFOUND ${host}`);
