// Docker's own clients of BuildKit for the tests: CLI, buildx and Compose out of newer releases of Debian than this one, unpacked into a
// cache of their own. Setup brings them once.

import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installDebian, isInstalled } from './debian.mjs';

const packages = ['docker-cli', 'docker-buildx', 'docker-compose'];

/** Releases to take them from. The first has old versions that stay, the others new ones that come and go. */
export const suites = ['trixie', 'forky'];

/** @param {string} suite */
export function clientsFolder(suite) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(process.env.CORACLE_BUILD_CLIENTS || join(cache, 'coracle-test'), `docker-clients-${suite}`);
}

/** @param {string} suite */
export function hasClients(suite) {
  return isInstalled(clientsFolder(suite));
}

/**
 * @param {string} suite
 * @param {(command: string, args: string[], options?: object) => { ok: boolean, output: string }} run
 * @returns {string} what went wrong, '' when nothing
 */
export function installClients(suite, run) {
  return installDebian(clientsFolder(suite), { suite, packages, take }, run);
}

function take(from, to) {
  const plugins = join(from, 'libexec/docker/cli-plugins');
  mkdirSync(join(to, 'cli-plugins'));
  for (const name of readdirSync(plugins)) renameSync(join(plugins, name), join(to, 'cli-plugins', name));
  renameSync(join(from, 'bin/docker'), join(to, 'docker'));
}
