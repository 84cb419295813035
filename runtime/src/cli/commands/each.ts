// Commands that do one thing to each of several objects: print what was done, say what failed, fail in the end.

import { ExitError } from '../command.ts';
import { describe } from '../describe.ts';
import type { Session } from '../session.ts';

/**
 * Runs `action` for each name, at most `width` at once, and prints results in order.
 * @param action what to print, undefined for nothing
 * @throws ExitError 1, already explained, when one failed
 */
export async function forEach(
  session: Session,
  names: readonly string[],
  action: (name: string) => Promise<string | undefined>,
  width = 50,
): Promise<number> {
  let failures = 0;
  for (let at = 0; at < names.length; at += width) {
    const results = await Promise.allSettled(names.slice(at, at + width).map(action));
    for (const result of results) {
      if (result.status === 'fulfilled') {
        if (result.value !== undefined) session.print(result.value);
      } else {
        failures += 1;
        session.warn(describe(result.reason, session.options.debug));
      }
    }
  }
  if (failures > 0) throw new ExitError(1);
  return 0;
}
