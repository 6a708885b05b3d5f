/** One thing that must have been so before a recorded exchange. */
import { fold } from '../../arm/path.ts';
import type { JsonObject } from '../../json.ts';
import { nameOf } from './resources.ts';

/** `view`: what the recording shows of it. */
export type Presupposition =
  | { is: 'registered' | 'registering' | 'unregistering' | 'unregistered'; subscriptionId: string; namespace: string }
  | { is: 'resource'; id: string; view: JsonObject }
  /** A device that somebody has activated. */
  | { is: 'activated'; id: string; view: JsonObject }
  /** A device whose record leads to a vault. */
  | { is: 'linked'; id: string; view: JsonObject }
  | { is: 'deleted vault'; id: string; view: JsonObject }
  | { is: 'taken name'; type: 'vault' | 'account'; name: string }
  /** A lock that a refusal tells of, of which no more is known. */
  | { is: 'lock'; scope: string; level: 'CanNotDelete' | 'ReadOnly' }
  /** No such lock any more. */
  | { is: 'no lock'; scope: string }
  | { is: 'secret' | 'deleted secret' | 'secret being deleted'; vaultName: string; name: string; view: JsonObject }
  /** `value`: the recorded backup. */
  | { is: 'backup'; vaultName: string; name: string; view: JsonObject; value: string };

/** What a session changes by itself, and so no longer presupposes, has the same key. */
export const keyOf = (presupposed: Presupposition): string => {
  switch (presupposed.is) {
    case 'registered':
    case 'registering':
    case 'unregistering':
    case 'unregistered':
      return fold(`registration ${presupposed.subscriptionId}/${presupposed.namespace}`);
    case 'resource':
    case 'activated':
    case 'linked':
      return fold(`${presupposed.is} ${presupposed.id}`);
    case 'deleted vault':
      return fold(`deleted vault ${nameOf(presupposed.id)}`);
    case 'taken name':
      return fold(`taken name ${presupposed.name}`);
    case 'lock':
    case 'no lock':
      return fold(`${presupposed.is} ${presupposed.scope}`);
    case 'secret':
      return fold(`secret ${presupposed.vaultName}/${presupposed.name}`);
    case 'deleted secret':
    case 'secret being deleted':
      return fold(`deleted secret ${presupposed.vaultName}/${presupposed.name}`);
    case 'backup':
      return fold(`backup ${presupposed.value}`);
  }
};
