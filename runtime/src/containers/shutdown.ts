// The daemon leaves: containers are stopped in order or left to their shims, and everything that was begun is finished.

import { messageOf } from '../spec/errors.ts';
import type { Room } from './room.ts';
import { defaultTimeoutS, stopContainer } from './stop.ts';

export interface ShutdownOptions {
  /** false: containers run on, a later daemon takes them over. */
  readonly stopContainers: boolean;
  /** For containers that name no time of their own; 10 at most, as for any stop. */
  readonly timeoutS?: number;
}

/** Idempotent. A container that cannot be stopped is logged. */
export async function shutdown(room: Room, options: ShutdownOptions): Promise<void> {
  room.closing.abort();
  if (options.stopContainers) {
    const running = room.store.all().filter((container) => container.isLive);
    await Promise.all(
      running.map(async (container) => {
        const timeoutS =
          container.record.config.StopTimeout ?? Math.min(options.timeoutS ?? defaultTimeoutS, defaultTimeoutS);
        try {
          await room.queue.idle(container.id);
          await stopContainer(room, container, { timeoutS });
        } catch (error) {
          room.logger.warn('a container was not stopped', { container: container.id, error: messageOf(error) });
        }
      }),
    );
  }
  await room.queue.drained();
  await room.store.settled();
}
