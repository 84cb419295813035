// Remove: of a container that runs only by force, which kills it first.

import { EngineError } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { conflict, invalid } from './errors.ts';
import { sendSignal, within } from './kill.ts';
import { parseLink } from './links.ts';
import { removeEnded } from './remove-ended.ts';
import type { Room } from './room.ts';
import { SIGKILL } from './signals.ts';

const killPatienceMs = 10_000;

export interface RemoveOptions {
  readonly force: boolean;
  readonly volumes: boolean;
  /** Removes the link that `ref` (`/holder/alias`) names, not a container. */
  readonly link: boolean;
}

/** @throws EngineError conflict when it runs or another request removes it already */
export async function remove(room: Room, ref: string, options: RemoveOptions): Promise<void> {
  if (options.link) return removeLink(room, ref);
  const container = room.store.find(ref);
  if (container.removing) throw inProgress(container);
  await room.queue.idle(container.id);
  if (container.removing) throw inProgress(container);
  if (container.isRunning) {
    if (!options.force) throw stillRuns(ref, container);
    await end(room, container);
  }
  await room.queue.run(container.id, async () => {
    // Its AutoRemove may have been faster: the container is gone, as was asked.
    if (room.store.get(container.id) === undefined) return;
    if (container.isRunning) throw stillRuns(ref, container);
    await removeEnded(room, container, options);
  });
}

function inProgress(container: Container): EngineError {
  return conflict(`removal of container ${container.id} is already in progress`);
}

function stillRuns(ref: string, container: Container): EngineError {
  const { status } = container.state;
  const advice =
    status === 'paused' ? 'and must be unpaused first' : ': stop the container before removing or force remove';
  return conflict(
    `cannot remove container "${ref}": container is ${status}${advice.startsWith(':') ? advice : ` ${advice}`}`,
  );
}

async function end(room: Room, container: Container): Promise<void> {
  container.stopRequested = true;
  const ended = container.nextEnd('exit');
  try {
    await sendSignal(room, container, SIGKILL);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== 'conflict') throw error;
  }
  if (await within(room, ended, killPatienceMs)) return;
  throw new EngineError('system', `cannot remove container "${container.name}": could not kill container`);
}

/** @throws EngineError notFound when there is no such link, invalidParameter when `ref` is a container's own name */
async function removeLink(room: Room, ref: string): Promise<void> {
  const parts = ref.replace(/^\//, '').split('/');
  const [holder, alias, ...rest] = parts;
  if (holder === undefined || alias === undefined || rest.length > 0) {
    throw invalid('Conflict, cannot remove the default link name of the container');
  }
  const container = room.store.find(holder);
  const links = container.record.hostConfig.Links ?? [];
  const kept = links.filter((link) => parseLink(link).alias !== alias);
  if (kept.length === links.length) throw new EngineError('notFound', `Could not get link ${ref}`);
  await room.queue.run(container.id, async () => {
    container.set({ hostConfig: { ...container.record.hostConfig, Links: kept.length === 0 ? null : kept } });
    await room.store.save(container);
  });
}
