// Prune: all containers that do not run, as far as the filters say.

import type { Filters } from '../spec/filters.ts';
import { checkFilterKeys, matchesLabels } from '../spec/filters.ts';
import { isEngineError } from '../spec/errors.ts';
import { parseMoment } from '../spec/moment.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { removeEnded } from './remove-ended.ts';
import type { Room } from './room.ts';
import { writtenSize } from './sizes.ts';
import { parseTimeNs } from './time.ts';

/** @throws EngineError invalidParameter for unknown filters */
export async function prune(
  room: Room,
  filters: Filters,
): Promise<{ readonly ContainersDeleted: readonly string[] | null; readonly SpaceReclaimed: number }> {
  const matches = compile(room, filters);
  const deleted: string[] = [];
  let reclaimed = 0;
  for (const container of room.store.all()) {
    if (container.isRunning || container.removing || !matches(container)) continue;
    const size = await room.queue.run(container.id, () => removeOne(room, container));
    if (size === undefined) continue;
    deleted.push(container.id);
    reclaimed += size;
  }
  room.events.publish('container', 'prune', { id: '', attributes: { reclaimed: String(reclaimed) } });
  return { ContainersDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: reclaimed };
}

/** @returns bytes freed, undefined when it runs now or has gone */
async function removeOne(room: Room, container: Container): Promise<number | undefined> {
  if (container.isRunning || room.store.get(container.id) === undefined) return undefined;
  try {
    const size = await writtenSize(room, container);
    await removeEnded(room, container, { volumes: false });
    return size;
  } catch (error) {
    if (!isEngineError(error)) throw error;
    room.logger.warn('a container was not pruned', { container: container.id, error: error.message });
    return undefined;
  }
}

function compile(room: Room, filters: Filters): (container: Container) => boolean {
  checkFilterKeys(filters, ['label', 'label!', 'until']);
  const [until, ...more] = filters.get('until') ?? [];
  if (more.length > 0) throw invalid('more than one until filter specified');
  const limit = until === undefined ? undefined : parseMoment(until, room.host.clock.now());
  if (until !== undefined && limit === undefined) throw invalid(`invalid filter 'until=${until}'`);
  const forbidden = filters.get('label!') ?? [];
  return ({ record }) => {
    const { Labels: labels } = record.config;
    if (limit !== undefined && parseTimeNs(record.created) > limit) return false;
    if (!matchesLabels(filters, labels)) return false;
    return !forbidden.some((label) => matchesLabels(new Map([['label', [label]]]), labels));
  };
}
