// Looks whether what is on disk about containers holds together, for `coracle system check`.

import type { StoreReport } from '../spec/engine/system.ts';
import { messageOf } from '../spec/errors.ts';
import { isFullId } from '../spec/ids.ts';
import { parseRecordFile } from './record-file.ts';
import type { Room } from './room.ts';

export interface ContainersReport {
  readonly problems: StoreReport['problems'];
  readonly checked: { readonly containers: number };
}

type Problem = StoreReport['problems'][number];

export async function checkStore(room: Room): Promise<ContainersReport> {
  await room.store.settled();
  const problems: Problem[] = [];
  let containers = 0;
  for (const name of await room.host.files.list(room.directory)) {
    // What another request makes or removes right now is in order.
    await room.queue.idle(name);
    if (room.store.get(name) === undefined && (await room.host.files.stat(`${room.directory}/${name}`)) === undefined) {
      continue;
    }
    containers += 1;
    problems.push(...(await checkOne(room, name)));
  }
  return { problems, checked: { containers } };
}

async function checkOne(room: Room, name: string): Promise<readonly Problem[]> {
  const problem = (message: string): readonly Problem[] => [{ kind: 'container', object: name, message }];
  if (!isFullId(name)) return problem('is no container and was not cleared away');
  const directory = `${room.directory}/${name}`;
  try {
    const record = parseRecordFile(await room.host.files.readText(`${directory}/container.json`), name);
    const layers = await room.images.layers(record.imageId);
    const missing: string[] = [];
    for (const layer of layers) if ((await room.host.files.stat(layer)) === undefined) missing.push(layer);
    if (missing.length > 0) return problem(`layers of its image are missing: ${missing.join(', ')}`);
  } catch (error) {
    return problem(messageOf(error));
  }
  return room.store.get(name) === undefined ? problem('is on disk but not known') : [];
}
