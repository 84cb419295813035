// The filters of a list of containers. Each becomes a test of one container; all must hold, of several values of one
// filter one (of labels all).

import type { Filters } from '../spec/filters.ts';
import { booleanFilter, checkFilterKeys, matchesLabels } from '../spec/filters.ts';
import { isKind } from '../spec/errors.ts';
import { nameFilter } from '../spec/patterns.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { showStatus } from './inspect.ts';
import type { Room } from './room.ts';
import { flatten } from './state.ts';

const keys = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'isolation',
  'is-task',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
];
const statuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const healths = ['none', 'starting', 'healthy', 'unhealthy'];

export type ContainerTest = (container: Container) => boolean;

/** @throws EngineError invalidParameter for unknown keys and values, notFound for `before` and `since` of nobody */
export async function compileFilters(room: Room, filters: Filters): Promise<readonly ContainerTest[]> {
  checkFilterKeys(filters, keys);
  const tests: ContainerTest[] = [];
  const add = (key: string, test: (value: string) => ContainerTest): void => {
    const values = filters.get(key) ?? [];
    if (values.length === 0) return;
    const alternatives = values.map(test);
    tests.push((container) => alternatives.some((matches) => matches(container)));
  };
  add('id', (value) => idTest(room, value));
  tests.push(nameTest(await nameFilter(filters.get('name') ?? [])));
  if (filters.has('label')) tests.push((container) => matchesLabels(filters, container.record.config.Labels));
  add('exited', exitedTest);
  add('status', statusTest);
  add('health', healthTest);
  add(
    'volume',
    (value) => (container) =>
      container.record.mounts.some(
        (mount) => mount.name === value || mount.source === value || mount.destination === value,
      ),
  );
  add('network', networkTest);
  add('publish', (value) => portTest(value, 'publish'));
  add('expose', (value) => portTest(value, 'expose'));
  add('before', (value) => olderThan(room.store.find(value)));
  add('since', (value) => newerThan(room.store.find(value)));
  add('isolation', (value) => (container) => (container.record.hostConfig.Isolation ?? '') === value);
  if (booleanFilter(filters, 'is-task') === true) tests.push(() => false);
  const ancestors = filters.get('ancestor') ?? [];
  if (ancestors.length > 0) tests.push(await ancestorTest(room, ancestors));
  return tests;
}

/** A prefix that two have means nobody. */
function idTest(room: Room, prefix: string): ContainerTest {
  const found = room.store.all().filter(({ id }) => id.startsWith(prefix));
  return (container) => found.length === 1 && found[0] === container;
}

function nameTest(matches: (name: string) => boolean): ContainerTest {
  return ({ name }) => matches(name) || matches(`/${name}`);
}

function exitedTest(value: string): ContainerTest {
  if (!/^[+-]?\d+$/.test(value)) throw invalid(`invalid filter 'exited=[${value}]'`);
  return ({ state }) => {
    const flat = flatten(state);
    return !flat.running && state.status !== 'created' && flat.exitCode === Number(value);
  };
}

function statusTest(value: string): ContainerTest {
  if (!statuses.includes(value)) {
    throw invalid(
      `invalid filter 'status=${value}': invalid value for state (${value}): must be one of ${statuses.join(', ')}`,
    );
  }
  return (container) => showStatus(container) === value;
}

function healthTest(value: string): ContainerTest {
  if (!healths.includes(value)) {
    throw invalid(
      `invalid filter 'health=${value}': invalid value for health status (${value}): must be one of ${healths.join(', ')}`,
    );
  }
  return (container) => (container.record.health?.Status ?? 'none') === value;
}

function networkTest(value: string): ContainerTest {
  return ({ record }) => {
    const endpoints = record.joined?.endpoints ?? record.endpoints;
    return Object.entries(endpoints).some(
      ([name, { NetworkID: id }]) =>
        name === value || (id !== undefined && id !== null && id !== '' && id.startsWith(value)),
    );
  };
}

/** `80`, `80/udp`, `8000-8010/tcp`. */
function portTest(value: string, kind: 'publish' | 'expose'): ContainerTest {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(value);
  if (match === null) throw invalid(`invalid filter '${kind}=${value}'`);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  const protocol = match[3] ?? 'tcp';
  const matches = (spec: string): boolean => {
    const [port = '', of = 'tcp'] = spec.split('/');
    return of === protocol && Number(port) >= first && Number(port) <= last;
  };
  return ({ record }) => {
    if (kind === 'expose') return Object.keys(record.config.ExposedPorts ?? {}).some(matches);
    const bindings = Object.entries(record.joined?.ports ?? record.hostConfig.PortBindings ?? {});
    return bindings.some(
      ([spec, list]) =>
        list !== null &&
        list.length > 0 &&
        (matches(spec) || list.some((binding) => matches(`${binding.HostPort ?? ''}/${spec.split('/')[1] ?? 'tcp'}`))),
    );
  };
}

function olderThan(other: Container): ContainerTest {
  return (container) => container !== other && container.createdNs < other.createdNs;
}

function newerThan(other: Container): ContainerTest {
  return (container) => container !== other && container.createdNs > other.createdNs;
}

/** An image, or one that was made from it: its layers are the first of the container's. An unknown image matches nothing. */
async function ancestorTest(room: Room, refs: readonly string[]): Promise<ContainerTest> {
  const wanted: (readonly string[])[] = [];
  const ids = new Set<string>();
  for (const ref of refs) {
    try {
      const image = await room.images.resolve(ref);
      ids.add(image.id);
      wanted.push(image.config.rootfs.diff_ids);
    } catch (error) {
      if (!isKind(error, 'notFound', 'invalidParameter')) throw error;
    }
  }
  const layers = new Map<string, readonly string[]>();
  for (const { record } of room.store.all()) {
    if (layers.has(record.imageId)) continue;
    layers.set(record.imageId, await diffIds(room, record.imageId));
  }
  return ({ record }) => {
    if (ids.has(record.imageId)) return true;
    const own = layers.get(record.imageId) ?? [];
    return wanted.some((base) => base.length > 0 && base.every((diffId, index) => own[index] === diffId));
  };
}

async function diffIds(room: Room, imageId: string): Promise<readonly string[]> {
  try {
    return (await room.images.resolve(imageId)).config.rootfs.diff_ids;
  } catch (error) {
    if (isKind(error, 'notFound')) return [];
    throw error;
  }
}
