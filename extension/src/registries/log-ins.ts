// Who the user is to registries.

import type { AuthConfig } from '../../../runtime/src/spec/api/images.ts';

export type Auths = Readonly<Record<string, AuthConfig>>;

export interface LogIns {
  /** @param domain as images name a registry: `docker.io`, `localhost:5000` */
  find(domain: string): Promise<AuthConfig | undefined>;
  /** All that are known, by the names that docker's files give to registries. */
  all(): Promise<Auths>;
  /** Registries that the user is logged in to, as images name them. */
  domains(): Promise<readonly string[]>;
}

/** Where nobody is logged in to anything. */
export const noLogIns: LogIns = {
  find: () => Promise.resolve(undefined),
  all: () => Promise.resolve({}),
  domains: () => Promise.resolve([]),
};
