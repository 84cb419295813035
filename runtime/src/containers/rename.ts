// Rename: the new name is taken before the old one is given up.

import { checkContainerName } from '../spec/ids.ts';
import { EngineError } from '../spec/errors.ts';
import { conflict, invalid } from './errors.ts';
import type { EndpointSettings } from '../spec/api/networks.ts';
import type { Container } from './container.ts';
import { publish, type Room } from './room.ts';

/** @throws EngineError invalidParameter for an empty or bad name, conflict when it is taken */
export async function rename(room: Room, ref: string, newName: string): Promise<void> {
  const name = newName.replace(/^\//, '');
  if (name === '') throw invalid('Neither old nor new names may be empty');
  const container = room.store.find(ref);
  await room.queue.run(container.id, async () => {
    const oldName = container.name;
    if (container.removing) throw conflict(`container ${container.id} is marked for removal and cannot be renamed`);
    if (oldName === name) throw invalid('Renaming a container with the same name as its current name');
    try {
      checkContainerName(name);
      room.store.reserveName(name, container.id);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new EngineError(error.kind, `Error when allocating new name: ${error.message}`, { cause: error });
    }
    container.set({ name });
    try {
      if (container.isLive) adoptEndpoints(container, await room.networks.rename(container.id, name));
      await room.store.save(container, { durable: true });
    } catch (error) {
      container.set({ name: oldName });
      room.store.releaseName(name, container.id);
      room.store.saveQuietly(container);
      throw error;
    }
    room.store.releaseName(oldName, container.id);
    publish(room, container, 'rename', { oldName: `/${oldName}` });
  });
}

/** Inspect shows the new DNS names. */
function adoptEndpoints(container: Container, endpoints: Readonly<Record<string, EndpointSettings>>): void {
  const { joined } = container.record;
  if (joined !== undefined && Object.keys(endpoints).length > 0) container.set({ joined: { ...joined, endpoints } });
}
