// cosign and skopeo as setup brings them, of one release of Debian: the tests' foreign signers of images.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type Mocha from 'mocha';
import { hasSigners, signersFolder, signerSuites } from '../../.ci/signers.mjs';
import { run, type Finished, type RunOptions } from './run.ts';
import { skip } from './skip.ts';

/** Old versions that stay first; the newer ones come and go. */
export const suites = signerSuites;

type Tool = (args: readonly string[], options?: RunOptions) => Promise<Finished>;

export interface Signers {
  /** Without looking at its end. */
  readonly cosign: Tool;
  /** As `cosign`, where the release's skopeo was brought. */
  readonly skopeo: Tool;
}

/** @param home a folder for what they keep; skips where setup could not bring them */
export function requireSigners(context: Mocha.Context, suite: string, home: string): Signers {
  const optional = suite !== suites[0];
  const folder = signersFolder(suite);
  if (!hasSigners(suite)) skip(context, `needs cosign of Debian ${suite}: npm test`, { optional });
  const cosign = join(folder, 'bin/cosign');
  if (spawnSync(cosign, ['version']).status !== 0)
    skip(context, `cosign of Debian ${suite} does not run here`, { optional });
  const env = { HOME: home, COSIGN_PASSWORD: 'open sesame' };
  return {
    cosign: (args, options = {}) => run(cosign, args, { ...options, env: { ...env, ...options.env } }),
    skopeo: (args, options = {}) => {
      const [loader, ...first] = [...byOwnLoader(folder), join(folder, 'bin/skopeo')];
      return run(loader ?? '', [...first, ...args], { ...options, env: { ...env, ...options.env } });
    },
  };
}

/** It wants a newer C library than the system's. */
function byOwnLoader(folder: string): readonly string[] {
  const lib = join(folder, 'lib');
  const loader = existsSync(lib) ? readdirSync(lib).find((name) => /^ld-linux-.*\.so\.\d$/.test(name)) : undefined;
  return loader === undefined ? [] : [join(lib, loader), '--library-path', lib];
}
