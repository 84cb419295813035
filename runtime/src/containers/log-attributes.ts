// What `--log-opt labels=`, `labels-regex=`, `env=`, `env-regex=` and `tag=` put beside each line of a log, and how `docker logs --details` shows it.

import { EngineError, isKind } from '../spec/errors.ts';
import { compilePattern, type Pattern } from '../spec/patterns.ts';
import type { HostConfig } from '../spec/api/containers.ts';
import type { Container } from './container.ts';
import { invalid } from './errors.ts';
import { envKey } from './merge-config.ts';
import type { Room } from './room.ts';

/** Bytes of all as JSON: each line of a log carries them. */
const largest = 64 * 1024;

/** How much patterns may have to do at a start: a few seconds at worst. */
const mostWork = 10_000_000;

const encoder = new TextEncoder();

/**
 * The attributes of each line as a JSON object, keys sorted; undefined without any.
 * @throws EngineError invalidParameter for a bad pattern, and when they are more than lines should carry
 */
export async function logAttributes(room: Room, container: Container): Promise<string | undefined> {
  const { config, hostConfig } = container.record;
  const options = hostConfig.LogConfig?.Config ?? {};
  const entries = (config.Env ?? []).filter((entry) => entry.includes('='));
  const variables = new Map(entries.map((entry) => [envKey(entry), entry.slice(envKey(entry).length + 1)]));
  const labels = new Map(Object.entries(config.Labels ?? {}));
  const patterns = await compileNamePatterns(options);
  // A variable wins over a label of its name, as with Docker.
  const found = new Map<string, string>([
    ...pick(options['labels'], labels),
    ...pickMatching('labels-regex', patterns, labels),
    ...pick(options['env'], variables),
    ...pickMatching('env-regex', patterns, variables),
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
      `labels, variables and tag of the log are more than ${largest / 1024} KiB for each line: name fewer of them with --log-opt`,
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

type PatternOption = 'labels-regex' | 'env-regex';
type NamePatterns = Readonly<Partial<Record<PatternOption, Pattern>>>;

/** @throws EngineError invalidParameter in dockerd's words, which says so when the container starts */
export async function compileNamePatterns(
  options: NonNullable<NonNullable<HostConfig['LogConfig']>['Config']>,
): Promise<NamePatterns> {
  const compile = async (option: PatternOption): Promise<NamePatterns> => {
    const text = options[option] ?? '';
    return text === '' ? {} : { [option]: await compilePattern(text) };
  };
  try {
    return { ...(await compile('labels-regex')), ...(await compile('env-regex')) };
  } catch (error) {
    if (isKind(error, 'invalidParameter')) throw invalid(`failed to initialize logging driver: ${error.message}`);
    throw error;
  }
}

function pickMatching(
  option: PatternOption,
  patterns: NamePatterns,
  from: ReadonlyMap<string, string>,
): readonly [string, string][] {
  const pattern = patterns[option];
  if (pattern === undefined) return [];
  const length = [...from.keys()].reduce((sum, name) => sum + name.length, 0);
  if (length * pattern.cost > mostWork)
    throw invalid(`log opt '${option}' is too much work for ${length} characters of names`);
  return [...from].filter(([name]) => pattern.matches(name));
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
