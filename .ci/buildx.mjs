// Docker's own clients of BuildKit for the tests: CLI, buildx and Compose out of newer releases of Debian than this one, unpacked into a
// cache of their own. Setup brings them once.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from './debian.mjs';

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
  return existsSync(join(clientsFolder(suite), 'complete'));
}

/**
 * @param {string} suite
 * @param {(command: string, args: string[], options?: object) => { ok: boolean, output: string }} run
 * @returns {string} what went wrong, '' when nothing
 */
export function installClients(suite, run) {
  const folder = clientsFolder(suite);
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  const trouble = unpackDebian(suite, packages, join(draft, 'apt'), run);
  if (trouble === '') {
    const from = join(draft, 'apt/unpacked/usr');
    const plugins = join(from, 'libexec/docker/cli-plugins');
    mkdirSync(join(draft, 'cli-plugins'));
    for (const name of readdirSync(plugins)) renameSync(join(plugins, name), join(draft, 'cli-plugins', name));
    renameSync(join(from, 'bin/docker'), join(draft, 'docker'));
    rmSync(join(draft, 'apt'), { recursive: true });
    writeFileSync(join(draft, 'complete'), '');
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } else rmSync(draft, { recursive: true, force: true });
  return trouble;
}
