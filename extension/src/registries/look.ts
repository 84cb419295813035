// Looks into registries over the engine's own client of the distribution spec. Loaded when somebody looks.

import { homedir } from 'node:os';
import type { HttpTransport } from '../../../runtime/src/host/host.ts';
import { createClock } from '../../../runtime/src/host/node/clock.ts';
import { codec } from '../../../runtime/src/host/node/codec.ts';
import { files } from '../../../runtime/src/host/node/files.ts';
import { createHttp } from '../../../runtime/src/host/node/http.ts';
import { type Browser, createBrowser } from '../../../runtime/src/registry/browse.ts';
import { createRegistry, type Registry } from '../../../runtime/src/registry/registry.ts';
import type { AuthConfig } from '../../../runtime/src/spec/api/images.ts';
import { silentLogger } from '../../../runtime/src/spec/logger.ts';
import { parseReference } from '../../../runtime/src/spec/reference.ts';
import { certificateFolders, settingsFile } from '../../../runtime/src/spec/user-folders.ts';
import { type Details, describe } from './details.ts';

export interface Looks {
  /** Looks as somebody. No request is made yet. */
  at(domain: string, auth: AuthConfig | undefined): Look;
  /** Tries a log-in. @throws EngineError unauthorized in the registry's words */
  logIn(auth: AuthConfig, signal: AbortSignal): Promise<void>;
  readonly http: HttpTransport;
}

export interface Look extends Browser {
  /** @param target a tag or a digest */
  details(repository: string, target: string, signal: AbortSignal): Promise<Details>;
}

export interface LookOptions {
  /** Registries that may speak plain HTTP or have any certificate. */
  readonly insecure: readonly string[];
}

/** @param options asked anew for each look */
export function createLooks(options: () => LookOptions): Looks {
  const owner = { uid: process.getuid?.() ?? 1, home: homedir(), env: process.env };
  const host = { files, clock: createClock(), codec, http: createHttp() };
  const deps = {
    host,
    logger: silentLogger,
    config: () => ({ insecureRegistries: options().insecure, mirrors: [] }),
    certificateFolders: certificateFolders(owner, settingsFile(owner)),
  };
  const registry: Registry = createRegistry(deps);
  return {
    http: host.http,
    at(domain, auth) {
      const browser = createBrowser(deps, domain, auth);
      return {
        repositories: (from, patience) => browser.repositories(from, patience),
        tags: (repository, from, patience) => browser.tags(repository, from, patience),
        digestOf: (repository, tag, patience) => browser.digestOf(repository, tag, patience),
        remove: (repository, target, patience) => browser.remove(repository, target, patience),
        details: (repository, target, signal) =>
          describe(registry.repository(parseReference(`${domain}/${repository}`), auth, signal), codec, target),
      };
    },
    async logIn(auth, signal) {
      await registry.login(auth, signal);
    },
  };
}
