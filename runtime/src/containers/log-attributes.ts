// What `--log-opt labels=`, `env=` and `tag=` put beside each line of a log, and how `docker logs --details` shows it.

import { EngineError } from '../spec/errors.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { envKey } from './merge-config.ts';
import type { Room } from './room.ts';

/** Bytes of all as JSON: each line of a log carries them. */
const largest = 64 * 1024;

const encoder = new TextEncoder();

/**
 * The attributes of each line as a JSON object, keys sorted; undefined without any.
 * @throws EngineError invalidParameter when they are more than lines should carry
 */
export function logAttributes(room: Room, container: Container): string | undefined {
  const { config, hostConfig } = container.record;
  const options = hostConfig.LogConfig?.Config ?? {};
  const variables = (config.Env ?? []).filter((entry) => entry.includes('='));
  const found = new Map<string, string>([
    ...pick(options['labels'], new Map(Object.entries(config.Labels ?? {}))),
    ...pick(options['env'], new Map(variables.map((entry) => [envKey(entry), entry.slice(envKey(entry).length + 1)]))),
  ]);
  const tag = fillTag(options['tag'] ?? '', tagFields(room, container));
  if (tag !== '') found.set('tag', tag);
  if (found.size === 0) return undefined;
  const text = `{${[...found.entries()]
    .toSorted(byKey)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)
    .join(',')}}`;
  if (encoder.encode(text).length > largest) {
    throw invalid(
      `labels, env and tag of the log are more than ${largest / 1024} KiB for each line: name fewer of them with --log-opt`,
    );
  }
  return text;
}

function pick(names: string | undefined, from: ReadonlyMap<string, string>): readonly [string, string][] {
  return (names ?? '').split(',').flatMap((name) => {
    const value = from.get(name);
    return value === undefined ? [] : [[name, value] satisfies [string, string]];
  });
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

type TagFields = Readonly<Record<(typeof tagNames)[number], string>>;

/** What Docker's templates of tags may name. */
const tagNames = [
  'ID',
  'FullID',
  'Name',
  'ImageID',
  'ImageFullID',
  'ImageName',
  'Command',
  'Hostname',
  'DaemonName',
  'ContainerID',
  'ContainerName',
  'ContainerImageID',
  'ContainerImageName',
] as const;

function tagFields(room: Room, container: Container): TagFields {
  const { id, name, imageId, argv, config } = container.record;
  const image = config.Image ?? '';
  return {
    ID: id.slice(0, 12),
    FullID: id,
    Name: name,
    ImageID: imageId.slice(imageId.indexOf(':') + 1).slice(0, 12),
    ImageFullID: imageId,
    ImageName: image,
    Command: argv.join(' '),
    Hostname: room.host.hostname(),
    DaemonName: 'docker',
    ContainerID: id,
    ContainerName: `/${name}`,
    ContainerImageID: imageId,
    ContainerImageName: image,
  };
}

const field = /\{\{ *\.(\w+) *\}\}/g;

/** @throws EngineError notImplemented for templates that are more than fields of the container */
export function checkTag(tag: string): void {
  const rest = tag.replaceAll(field, (whole, name: string) => (isTagName(name) ? '' : whole));
  if (!rest.includes('{{')) return;
  throw new EngineError(
    'notImplemented',
    `log opt 'tag' is not supported with ${rest.slice(rest.indexOf('{{'))}: it may have ${tagNames.map((name) => `{{.${name}}}`).join(', ')}`,
  );
}

function isTagName(name: string): name is (typeof tagNames)[number] {
  return (tagNames as readonly string[]).includes(name);
}

function fillTag(tag: string, fields: TagFields): string {
  return tag.replaceAll(field, (whole, name: string) => (isTagName(name) ? fields[name] : whole));
}

/** As `docker logs --details` has them before each line: `key=value,key=value`, encoded as in the query of an address. ASCII. */
export function showAttributes(attributes: unknown): string {
  if (typeof attributes !== 'object' || attributes === null) return '';
  return Object.entries(attributes)
    .toSorted(byKey)
    .map(([key, value]) => `${escapeQuery(key)}=${escapeQuery(String(value))}`)
    .join(',');
}

function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
