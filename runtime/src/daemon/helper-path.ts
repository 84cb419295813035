// Where the native program lies.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../spec/errors.ts';

/**
 * Beside the bundle; from sources it is where the build puts it.
 * @throws EngineError unavailable when it was not built
 */
export function helperPath(): string {
  const here = import.meta.dirname;
  const places = [join(here, 'coracle-helper'), join(here, '../../dist/coracle-helper')];
  const found = places.find((path) => existsSync(path));
  if (found === undefined)
    throw new EngineError('unavailable', `helper binary not found: run npm run build (${places[0]})`);
  return found;
}
