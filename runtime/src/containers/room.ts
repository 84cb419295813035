// What every verb works with: the dependencies, the containers, the queue that keeps changes of one container in order.

import { isKind, messageOf } from '../spec/errors.ts';
import type { RootSpec } from '../runners/runner.ts';
import type { Container } from './container.ts';
import type { ContainersDeps } from './deps.ts';
import type { Exec } from './exec.ts';
import type { KeyedQueue } from '../spec/queue.ts';
import type { ContainerStore } from './store.ts';
import { formatTime } from './time.ts';

export interface Room extends ContainersDeps {
  readonly store: ContainerStore;
  readonly queue: KeyedQueue;
  readonly execs: Map<string, Exec>;
  /** Aborted when the daemon leaves: monitors, restarts and followers end. */
  readonly closing: AbortController;
  /** Starts a container again for its restart policy; here because starting and ending know each other. */
  readonly relaunch: (container: Container) => Promise<void>;
}

/** Runs a step of cleaning up whose failure must neither stop the next step nor hide the first error: it is logged. */
export async function quietly(room: Room, step: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    room.logger.warn('cleaning up after a container failed', { step, error: messageOf(error) });
  }
}

/** One whose namespaces another may share, of this room or of a lender's. @throws EngineError notFound, invalidParameter */
export function findLender({ store, lenders }: Room, ref: string): Container {
  try {
    return store.find(ref);
  } catch (error) {
    if (lenders === undefined || !isKind(error, 'notFound')) throw error;
    return lenders.find(ref);
  }
}

/** As `findLender`, by the full id. */
export function lenderById({ store, lenders }: Room, id: string): Container | undefined {
  return store.get(id) ?? lenders?.get(id);
}

/** Tells the world, with the attributes that Docker gives every event of a container. */
export function publish(
  room: Room,
  container: Container,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  const { config, name, id } = container.record;
  room.events.publish('container', action, {
    id,
    attributes: { ...config.Labels, image: config.Image ?? '', name, ...attributes },
  });
}

export async function rootSpec(room: Room, container: Container): Promise<RootSpec> {
  return room.store.rootOf(container, await room.images.layers(container.record.imageId));
}

/** Now, as records have it. */
export function timestamp(room: Room): string {
  return formatTime(room.host.clock.nowNs());
}
