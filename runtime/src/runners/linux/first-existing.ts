// Looks for programs.

import { existsSync } from 'node:fs';

/** As a shell searches: folders that may not be entered, and what is no folder, are passed over. Asks at once and not by way
 * of the thread pool: a start asks thirty times, each costs ten microseconds. */
export function firstExisting(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}
