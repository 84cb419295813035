// API versions and how a client and the engine agree on one. Versions are `major.minor`; inside, a version is its minor
// number, since the major has always been 1.

import { EngineError } from '../spec/errors.ts';

export const newestVersion = 51;
export const oldestVersion = 24;

export function formatVersion(minor: number): string {
  return `1.${minor}`;
}

/** Thrown for a client below the oldest version, which is answered in plain text, for it may not know JSON errors. */
export class TooOldError extends EngineError {
  constructor(version: string) {
    super(
      'invalidParameter',
      `client version ${version} is too old. Minimum supported API version is ${formatVersion(oldestVersion)}, ` +
        'please upgrade your client to a newer version',
    );
  }
}

/**
 * Takes the version off a path.
 * @returns the version that counts for this request, and the path without it
 * @throws EngineError invalidParameter when the version is too new, TooOldError
 */
export function splitVersion(path: string): { readonly version: number; readonly path: string } {
  const match = /^\/v([0-9][0-9.]*)(\/.*)$/.exec(path);
  if (match === null) return { version: newestVersion, path };
  const [, version = '', rest = ''] = match;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 1 || (major === 1 && minor > newestVersion)) {
    throw new EngineError(
      'invalidParameter',
      `client version ${version} is too new. Maximum supported API version is ${formatVersion(newestVersion)}`,
    );
  }
  if (major < 1 || minor < oldestVersion) throw new TooOldError(version);
  return { version: minor, path: rest };
}
