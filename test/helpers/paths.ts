// Where the parts under test lie.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
/** The Node that the project brings. */
export const nodeBinary = join(root, 'node_modules/.bin/node');
/** The command as a user starts it. */
export const coracleBinary = join(root, 'runtime/bin/coracle');
export const daemonBundle = join(root, 'runtime/dist/coracle-daemon.mjs');

/** The docker CLI to drive engines with: `$DOCKER_CLI`, else a newer one installed by hand, else Debian's. */
export function findDockerCli(): string | undefined {
  const candidates = [process.env['DOCKER_CLI'], '/usr/local/bin/docker', '/usr/bin/docker'];
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path));
}
