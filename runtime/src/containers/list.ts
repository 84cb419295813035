// The list of containers, out of memory: newest first.

import type { ContainerSummary } from '../spec/api/containers.ts';
import type { ListQuery } from '../spec/engine/containers.ts';
import { isKind } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { healthCommand } from './health.ts';
import { showStatus } from './inspect.ts';
import { parseLink } from './links.ts';
import { compileFilters } from './list-filters.ts';
import { showMounts } from './mount-view.ts';
import { showEndpoints, showPorts } from './network-view.ts';
import type { ContainerRecord } from './record.ts';
import type { Room } from './room.ts';
import { sizesOf } from './sizes.ts';
import { statusText } from './state.ts';

/** @throws EngineError as `compileFilters` */
export async function list(room: Room, query: ListQuery): Promise<readonly ContainerSummary[]> {
  const tests = await compileFilters(room, query.filters);
  const limit = query.limit ?? 0;
  const all = query.all || limit > 0 || query.filters.has('status');
  const found = room.store
    .all()
    .filter((container) => (all || container.isRunning) && tests.every((test) => test(container)))
    .sort((a, b) => compareCreated(b, a));
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const names = new ImageNames(room);
  const links = linkNames(room);
  const summaries: ContainerSummary[] = [];
  for (const container of shown) {
    const image = names.known(container) ?? (await names.ask(container));
    const summary = summarise(room, container, image, links.get(container.id) ?? []);
    summaries.push(query.size ? { ...summary, ...(await sizesOf(room, container)) } : summary);
  }
  return summaries;
}

function compareCreated(a: Container, b: Container): number {
  return a.createdNs < b.createdNs ? -1 : a.createdNs > b.createdNs ? 1 : 0;
}

/** What a record alone says in a list. Records are replaced, never changed: each is worked out once. */
const fixedParts = new WeakMap<ContainerRecord, ContainerSummary>();

function fixedPart(container: Container): ContainerSummary {
  const { record } = container;
  const known = fixedParts.get(record);
  if (known !== undefined) return known;
  const { hostConfig, config } = record;
  const part = {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: '',
    ImageID: record.imageId,
    Command: commandText(record.argv),
    Created: Number(container.createdNs / 1_000_000_000n),
    Ports: showPorts(record.joined?.ports),
    Labels: config.Labels ?? {},
    State: '',
    Status: '',
    HostConfig: {
      NetworkMode: hostConfig.NetworkMode ?? 'bridge',
      ...(hostConfig.Annotations === undefined || hostConfig.Annotations === null
        ? {}
        : { Annotations: hostConfig.Annotations }),
    },
    NetworkSettings: { Networks: showEndpoints(record) },
    Mounts: showMounts(record.mounts),
  };
  fixedParts.set(record, part);
  return part;
}

function summarise(room: Room, container: Container, image: string, links: readonly string[]): ContainerSummary {
  const { record } = container;
  const isChecked = healthCommand(record.config) !== undefined;
  const health = isChecked ? (record.health?.Status ?? undefined) : undefined;
  const fixed = fixedPart(container);
  return {
    ...fixed,
    ...(links.length === 0 ? {} : { Names: [...(fixed.Names ?? []), ...links] }),
    Image: image,
    State: showStatus(container),
    Status: container.removing ? 'Removal In Progress' : statusText(record.state, room.host.clock.now(), health),
  };
}

function commandText([path = '', ...args]: readonly string[]): string {
  return [path, ...args.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' ');
}

/** A name that now means another image is shown as the id that the container was made from. */
class ImageNames {
  readonly #room: Room;
  readonly #ids = new Map<string, string | undefined>();

  constructor(room: Room) {
    this.#room = room;
  }

  /** Without asking again; undefined when it has not been asked yet. */
  known({ record }: Container): string | undefined {
    const name = record.config.Image ?? '';
    if (!this.#ids.has(name)) return undefined;
    return this.#ids.get(name) === record.imageId ? name : record.imageId;
  }

  async ask(container: Container): Promise<string> {
    const name = container.record.config.Image ?? '';
    this.#ids.set(name, await this.#resolve(name));
    return this.known(container) ?? container.record.imageId;
  }

  async #resolve(name: string): Promise<string | undefined> {
    try {
      return (await this.#room.images.resolve(name)).id;
    } catch (error) {
      if (isKind(error, 'notFound', 'invalidParameter')) return undefined;
      throw error;
    }
  }
}

/** Id of a container -> the names that links of others give it, `/holder/alias`. */
function linkNames(room: Room): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const holder of room.store.all()) {
    for (const text of holder.record.hostConfig.Links ?? []) {
      const { ref, alias } = parseLink(text);
      const id = idOf(room, ref);
      if (id !== undefined) names.set(id, [...(names.get(id) ?? []), `/${holder.name}/${alias}`]);
    }
  }
  return names;
}

function idOf(room: Room, ref: string): string | undefined {
  try {
    return room.store.find(ref).id;
  } catch (error) {
    if (isKind(error, 'notFound', 'invalidParameter')) return undefined;
    throw error;
  }
}
