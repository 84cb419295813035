// Where the containers' network is not the host's, as without root: bridges and rules are there, published ports and the
// daemon out here, and a program between them is the way out.

import type { Files } from '../host/host.ts';
import { interfaceAddress, outwardDevice } from './routes.ts';

export interface ApartNetwork {
  /** `/proc/<pid>/net` of a process in it. */
  readonly tables: string;
  /** Where containers find a name server; empty when there is no way out. */
  readonly nameserver: string;
  /** The largest packet that the way out takes. */
  readonly mtu: number;
}

/** Where no kernel has the containers' network: bridges are only what this engine knows of. */
export interface UserLand {
  /** Names of the bridges that are there. */
  interfaces(): readonly string[];
}

/** Where the daemon sees its own network. */
export const ownTables = '/proc/net';

/** Docker's, for every link that nothing else is said of. */
export const usualMtu = 1500;

/** The address by which containers reach the host through their way out: its own in the direction of its default route. */
export async function hostAddress(files: Pick<Files, 'readText'>): Promise<string | undefined> {
  const device = await outwardDevice(files, ownTables);
  const address = device === undefined ? undefined : await interfaceAddress(files, ownTables, device);
  return address?.split('/')[0];
}
