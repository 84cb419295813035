// The user's log-ins to registries, where docker's clients keep them.

import { statSync } from 'node:fs';
import {
  RegistryCredentials,
  credentialsFolder,
  hubServer,
} from '../../../../runtime/src/connect/registry-credentials.ts';
import type { AuthConfig } from '../../../../runtime/src/spec/api/images.ts';
import { parseReference } from '../../../../runtime/src/spec/reference.ts';

let last: { readonly mark: string; readonly servers: readonly string[] } | undefined;

/** Registries as images name them. The file is read again only when it is another: this is asked as somebody types. */
export function logIns(): readonly string[] {
  const credentials = new RegistryCredentials(credentialsFolder(undefined, process.env));
  const stat = statSync(credentials.path, { throwIfNoEntry: false });
  const mark = `${credentials.path} ${stat?.ino ?? 0} ${stat?.mtimeMs ?? 0} ${stat?.size ?? 0}`;
  if (last?.mark !== mark) last = { mark, servers: serversOf(credentials) };
  return last.servers;
}

function serversOf(credentials: RegistryCredentials): readonly string[] {
  try {
    return credentials.servers().map((server) => (server === hubServer ? 'docker.io' : server));
  } catch {
    // A file that is not valid: whoever logs in or pulls is told; here it says of nobody.
    return [];
  }
}

/** The log-in for an image, or for a registry with a slash. One that a helper does not give is done without: what is public is told anyway. */
export async function logInFor(name: string): Promise<{ readonly auth?: AuthConfig }> {
  try {
    const { domain } = parseReference(name.endsWith('/') ? `${name}x` : name);
    const auth = await new RegistryCredentials(credentialsFolder(undefined, process.env)).find(domain);
    return auth === undefined ? {} : { auth };
  } catch {
    return {};
  }
}
