// Docker's CLI with buildx and Compose as setup brings them, of one release of Debian, in a place where the user of the test may run them.

import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type Mocha from 'mocha';
import { clientsFolder, hasClients, suites } from '../../.ci/buildx.mjs';
import { skip } from './skip.ts';
import { isRootless, requireTestUser } from './test-user.ts';

/** Old versions that stay first; the newer ones come and go with Debian. */
export const buildClientSuites = suites;

/** The cache lies where only its owner may go: for the test's own user it is mounted elsewhere. */
export function buildClients(suite: string): string {
  return isRootless() ? `/tmp/cor-clients-${suite}` : clientsFolder(suite);
}

/** Makes the folder of `buildClients` ready; skips where setup could not bring what is in it. */
export function requireBuildClients(context: Mocha.Context, suite: string): void {
  const optional = suite !== suites[0];
  const folder = clientsFolder(suite);
  if (!hasClients(suite)) skip(context, `needs docker, buildx and Compose of Debian ${suite}: npm test`, { optional });
  if (spawnSync(join(folder, 'cli-plugins/docker-buildx'), ['version']).status !== 0) {
    skip(context, `buildx of Debian ${suite} does not run here`, { optional });
  }
  if (!isRootless()) return;
  requireTestUser(context);
  mkdirSync(buildClients(suite), { recursive: true });
  const { status, stderr } = spawnSync('mount', ['--bind', folder, buildClients(suite)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount: ${stderr}`);
}
