import { answerArm } from './arm/front.ts';
import type { Exchange } from './arm/provider.ts';
import { answerBlob } from './blob.ts';
import { destinationOf } from './endpoints.ts';
import { answerLogin } from './entra/login.ts';
import { answerGraph } from './graph.ts';
import { unresolved } from './socket-error.ts';
import { answerVault } from './vault/data-plane.ts';

/** Leads a request to the service that its host name belongs to. */
export const route = (exchange: Exchange): Promise<Response> | Response => {
  const destination = destinationOf(exchange.url.hostname);
  switch (destination.to) {
    case 'arm':
      return answerArm(exchange);
    case 'login':
      return answerLogin(exchange);
    case 'vault':
      return answerVault(exchange, destination.vaultName);
    case 'blob':
      return answerBlob(exchange, destination.accountName);
    case 'graph':
      return answerGraph(exchange);
    // The control host belongs to the server: no client of Azure may reach it.
    case 'control':
    case 'nowhere':
      throw unresolved(exchange.url.hostname);
  }
};
