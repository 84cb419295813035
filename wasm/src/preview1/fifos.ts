// Opening a named pipe, which waits for the other end.

import type { Place } from '../mounts/mount.ts';
import { opensOf } from '../mounts/fifos.ts';
import { endsOf, pipeEvents } from '../memory/pipe.ts';
import { errno, fail, Failure } from '../wasi/errno.ts';
import { access } from './descriptions.ts';
import type { Waiter, Waiting } from './waiting.ts';

/** @returns its descriptor @throws Failure ENXIO when nobody reads and it may not wait, ENOTSUP for both ends at once, EINTR */
export function* openFifo(waiter: Waiter, place: Place, may: number, isImpatient: boolean): Waiting<number> {
  const { process } = waiter;
  const { space, descriptions } = process;
  if (may === (access.read | access.write)) fail(errno.ENOTSUP);
  const [end, other] = may === access.write ? (['writers', 'readers'] as const) : (['readers', 'writers'] as const);
  const before = opensOf(space, place, other);
  const description = descriptions.openFifo(place, end);
  const descriptor = process.add(description);
  const pipe = descriptions.target(description);
  const isThere = () => endsOf(space.arena, pipe, other) > 0 || opensOf(space, place, other) !== before;
  try {
    if (!isImpatient) yield* waiter.until(pipeEvents(pipe), () => (isThere() ? true : undefined));
    else if (end === 'writers' && !isThere()) fail(errno.ENXIO);
  } catch (error) {
    // Of a process that was ended all is closed by who ended it.
    if (error instanceof Failure) process.close(descriptor);
    throw error;
  }
  return descriptor;
}
