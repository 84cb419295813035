// Commit: the writable layer as the top layer of a new image, with the container's configuration and the changes asked for.

import type { CommitOptions } from '../spec/engine/containers.ts';
import { isKind } from '../spec/errors.ts';
import { applyChanges } from '../spec/config-changes.ts';
import { writeTar } from '../spec/tar/writer.ts';
import type { Container } from './container.ts';
import { conflict } from './errors.ts';
import { layerOf } from './layer.ts';
import { freeze } from './pause.ts';
import { publish, quietly, type Room } from './room.ts';

/** @throws EngineError notFound, invalidParameter for bad changes, conflict while it is being removed */
export async function commit(room: Room, ref: string, options: CommitOptions): Promise<{ readonly Id: string }> {
  const container = room.store.find(ref);
  if (container.removing || container.state.status === 'dead') {
    throw conflict(`You cannot commit container ${container.id} which is being removed`);
  }
  const { record } = container;
  const given = options.config !== undefined && Object.keys(options.config).length > 0 ? options.config : {};
  const config = applyChanges({ ...record.config, ...given }, options.changes);
  const id = await paused(room, container, options.pause, async () =>
    room.images.commit({
      parent: record.imageId,
      layer: (await layerOf(room, container)) ?? writeTar([]),
      config,
      author: options.author ?? '',
      comment: options.comment ?? '',
      createdBy: record.argv.join(' '),
      ...(options.repo === undefined || options.repo === '' ? {} : { repo: options.repo }),
      ...(options.tag === undefined || options.tag === '' ? {} : { tag: options.tag }),
    }),
  );
  const tagged = options.repo === undefined || options.repo === '' ? '' : `${options.repo}:${options.tag || 'latest'}`;
  publish(room, container, 'commit', { comment: options.comment ?? '', imageID: id, imageRef: tagged });
  return { Id: id };
}

async function paused<T>(room: Room, container: Container, wanted: boolean, action: () => Promise<T>): Promise<T> {
  const { sandbox } = container;
  if (!wanted || sandbox === undefined || container.state.status !== 'running') return await action();
  try {
    await freeze(room, container, sandbox);
  } catch (error) {
    if (!isKind(error, 'conflict')) throw error;
    return await action();
  }
  try {
    return await action();
  } finally {
    await quietly(room, 'unpause after commit', () => sandbox.resume());
  }
}
