// Foreign signers of images for the tests: cosign of two releases of Debian and skopeo of the first, since this one's signs nothing of
// sigstore's. Skopeo comes with the C library that it wants. Setup brings them once.

import { existsSync, readdirSync, renameSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installDebian, isInstalled } from './debian.mjs';

/** Release -> packages. The newer one comes and goes. */
const packages = {
  trixie: ['cosign', 'skopeo', 'libc6', 'libgpgme11t64', 'libassuan9', 'libgpg-error0', 'libsqlite3-0'],
  forky: ['cosign'],
};

export const signerSuites = Object.keys(packages);

/** Its programs are in `bin`, libraries in `lib`. @param {string} suite */
export function signersFolder(suite) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'coracle-test', `signers-${suite}`);
}

/** @param {string} suite */
export function hasSigners(suite) {
  return isInstalled(signersFolder(suite));
}

/**
 * @param {string} suite
 * @param {(command: string, args: string[], options?: object) => { ok: boolean, output: string }} run
 * @returns {string} what went wrong, '' when nothing
 */
export function installSigners(suite, run) {
  return installDebian(signersFolder(suite), { suite, packages: packages[suite], take }, run);
}

function take(from, to) {
  renameSync(join(from, 'bin'), join(to, 'bin'));
  const libraries = existsSync(join(from, 'lib')) ? readdirSync(join(from, 'lib')) : [];
  const [own] = libraries.filter((name) => name.includes('-linux-gnu'));
  if (own !== undefined) renameSync(join(from, 'lib', own), join(to, 'lib'));
}
