// Foreign signers of images for the tests: cosign of two releases of Debian and skopeo of the first, since this one's signs nothing of
// sigstore's. Skopeo comes with the C library that it wants. Setup brings them once.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from './debian.mjs';

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
  return existsSync(join(signersFolder(suite), 'complete'));
}

/**
 * @param {string} suite
 * @param {(command: string, args: string[], options?: object) => { ok: boolean, output: string }} run
 * @returns {string} what went wrong, '' when nothing
 */
export function installSigners(suite, run) {
  const folder = signersFolder(suite);
  const draft = `${folder}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const trouble = unpackDebian(suite, packages[suite], join(draft, 'apt'), run);
  if (trouble === '') {
    const from = join(draft, 'apt/unpacked/usr');
    renameSync(join(from, 'bin'), join(draft, 'bin'));
    const libraries = existsSync(join(from, 'lib')) ? readdirSync(join(from, 'lib')) : [];
    const [own] = libraries.filter((name) => name.includes('-linux-gnu'));
    if (own !== undefined) renameSync(join(from, 'lib', own), join(draft, 'lib'));
    rmSync(join(draft, 'apt'), { recursive: true });
    writeFileSync(join(draft, 'complete'), '');
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } else rmSync(draft, { recursive: true, force: true });
  return trouble;
}
