// Registries without an engine: asked by the command line itself, with the certificates that an engine of the same user would take.

import { homedir } from 'node:os';
import { createNodeHost } from '../host/node/host.ts';
import type { Host } from '../host/host.ts';
import { type Registry, createRegistry } from '../registry/registry.ts';
import { silentLogger } from '../spec/logger.ts';
import { certificateFolders, settingsFile } from '../spec/user-folders.ts';
import type { Session } from './session.ts';

export interface RegistryClient {
  readonly host: Host;
  /** @param insecure hosts that may speak plain HTTP or have any certificate; those of this machine may anyway */
  registry(insecure?: readonly string[]): Registry;
}

export function openRegistries({ env }: Pick<Session, 'env'>): RegistryClient {
  const host = createNodeHost();
  const owner = { uid: process.getuid?.() ?? 1, home: homedir(), env };
  const folders = certificateFolders(owner, settingsFile(owner));
  return {
    host,
    registry: (insecureRegistries = []) =>
      createRegistry({
        host,
        logger: silentLogger,
        config: () => ({ insecureRegistries, mirrors: [] }),
        certificateFolders: folders,
      }),
  };
}
