// Volumes and mounts: `-v`, `--mount`, `--tmpfs`.

import type { Mount } from '../spec/api/containers.ts';
import { parseBytes } from './size.ts';

/** What a path on the user's side is relative to: the command line's folder, or a workspace. */
export interface Places {
  /** `./a` as an absolute path. */
  resolve(path: string): string;
  /** The user's own folder. */
  home(): string;
}

export interface Volumes {
  readonly binds: readonly string[];
  /** Anonymous volumes: `-v /data`. */
  readonly anonymous: Readonly<Record<string, Readonly<Record<string, never>>>>;
}

/** Host paths that begin with a dot or `~` are found from `places`, as docker does; the rest goes to the engine as it is. */
export function parseVolumes(values: readonly string[], places: Places): Volumes {
  const binds: string[] = [];
  const anonymous: [string, Readonly<Record<string, never>>][] = [];
  for (const value of values) {
    const at = value.indexOf(':');
    if (at < 0) anonymous.push([value, {}]);
    else binds.push(`${hostPath(value.slice(0, at), places)}${value.slice(at)}`);
  }
  return { binds, anonymous: Object.fromEntries(anonymous) };
}

function hostPath(source: string, places: Places): string {
  if (source === '.' || source === '..' || source.startsWith('./') || source.startsWith('../'))
    return places.resolve(source);
  if (source === '~' || source.startsWith('~/')) return `${places.home()}${source.slice(1)}`;
  return source;
}

/** `--tmpfs /run:size=64m` */
export function parseTmpfs(values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    values.map((value) => {
      const at = value.indexOf(':');
      return at < 0 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)];
    }),
  );
}

interface Draft {
  type: string;
  source?: string;
  target?: string;
  readOnly?: boolean;
  consistency?: string;
  bind: Record<string, unknown>;
  volume: { Labels?: Record<string, string>; NoCopy?: boolean; Subpath?: string };
  driver: { Name?: string; Options?: Record<string, string> };
  image: { Subpath?: string };
  tmpfs: { SizeBytes?: number; Mode?: number };
}

/** One `--mount`: `type=bind,source=/a,target=/b,readonly`. @throws Error in docker's words */
export function parseMount(text: string, places: Places): Mount {
  const draft: Draft = { type: 'volume', bind: {}, volume: {}, driver: {}, image: {}, tmpfs: {} };
  for (const field of splitCsv(text)) {
    const at = field.indexOf('=');
    const key = (at < 0 ? field : field.slice(0, at)).trim().toLowerCase();
    setField(draft, key, at < 0 ? undefined : field.slice(at + 1), field, places);
  }
  if (draft.type === '') throw new Error('type is required');
  if (draft.target === undefined || draft.target === '') throw new Error('target is required');
  checkGroups(draft);
  return mountOf(draft);
}

/** Commas inside double quotes separate nothing. */
export function splitCsv(text: string): string[] {
  const fields = text.match(/("(?:[^"]|"")*"|[^",])+/g) ?? [];
  return fields.map((field) => field.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"'));
}

function setField(draft: Draft, key: string, value: string | undefined, field: string, places: Places): void {
  if (setSwitch(draft, key, value)) return;
  if (value === undefined) throw new Error(`invalid field '${field}' must be a key=value pair`);
  switch (key) {
    case 'type':
      draft.type = value.toLowerCase();
      return;
    case 'source':
    case 'src':
      draft.source = value === '.' || value.startsWith('./') || value.startsWith('../') ? places.resolve(value) : value;
      return;
    case 'target':
    case 'dst':
    case 'destination':
      draft.target = value;
      return;
    case 'consistency':
      draft.consistency = value.toLowerCase();
      return;
    case 'bind-propagation':
      draft.bind['Propagation'] = value.toLowerCase();
      return;
    case 'bind-recursive':
      setRecursive(draft, value);
      return;
    case 'volume-subpath':
      draft.volume.Subpath = value;
      return;
    case 'volume-driver':
      draft.driver.Name = value;
      return;
    case 'volume-label':
      draft.volume.Labels = withPair(draft.volume.Labels, value);
      return;
    case 'volume-opt':
      draft.driver.Options = withPair(draft.driver.Options, value);
      return;
    case 'image-subpath':
      draft.image.Subpath = value;
      return;
    case 'tmpfs-size':
      draft.tmpfs.SizeBytes = parseBytes(value);
      return;
    case 'tmpfs-mode':
      if (!/^[0-7]{1,5}$/.test(value)) throw new Error(`invalid value for ${key}: ${value}`);
      draft.tmpfs.Mode = Number.parseInt(value, 8);
      return;
    default:
      throw new Error(`unexpected key '${key}' in '${field}'`);
  }
}

/** Keys that may stand alone. @returns false when `key` is none of them */
function setSwitch(draft: Draft, key: string, value: string | undefined): boolean {
  if (!['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive', 'bind-create-src'].includes(key)) return false;
  if (value !== undefined && !/^(1|0|true|false)$/i.test(value)) throw new Error(`invalid value for ${key}: ${value}`);
  const isOn = value === undefined || /^(1|true)$/i.test(value);
  if (key === 'volume-nocopy') draft.volume.NoCopy = isOn;
  else if (key === 'bind-nonrecursive') draft.bind['NonRecursive'] = isOn;
  else if (key === 'bind-create-src') draft.bind['CreateMountpoint'] = isOn;
  else draft.readOnly = isOn;
  return true;
}

function setRecursive(draft: Draft, value: string): void {
  if (value === 'disabled') draft.bind['NonRecursive'] = true;
  else if (value === 'writable') draft.bind['ReadOnlyNonRecursive'] = true;
  else if (value === 'readonly') draft.bind['ReadOnlyForceRecursive'] = true;
  else if (value !== 'enabled') {
    throw new Error(
      `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
    );
  }
}

function withPair(pairs: Record<string, string> | undefined, text: string): Record<string, string> {
  const at = text.indexOf('=');
  const pair = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
  return Object.fromEntries([...Object.entries(pairs ?? {}), pair]) as Record<string, string>;
}

function checkGroups(draft: Draft): void {
  const wrong = (option: string) => new Error(`cannot mix '${option}' with mount type '${draft.type}'`);
  if (Object.keys(draft.bind).length > 0 && draft.type !== 'bind') throw wrong('bind-*');
  if (Object.keys({ ...draft.volume, ...draft.driver }).length > 0 && draft.type !== 'volume') throw wrong('volume-*');
  if (Object.keys(draft.image).length > 0 && draft.type !== 'image') throw wrong('image-*');
  if (Object.keys(draft.tmpfs).length > 0 && draft.type !== 'tmpfs') throw wrong('tmpfs-*');
}

function mountOf(draft: Draft): Mount {
  const volume = {
    ...draft.volume,
    ...(Object.keys(draft.driver).length === 0 ? {} : { DriverConfig: draft.driver }),
  };
  return {
    Type: draft.type,
    ...(draft.source === undefined ? {} : { Source: draft.source }),
    Target: draft.target,
    ...(draft.readOnly === undefined ? {} : { ReadOnly: draft.readOnly }),
    ...(draft.consistency === undefined ? {} : { Consistency: draft.consistency }),
    ...(Object.keys(draft.bind).length === 0 ? {} : { BindOptions: draft.bind }),
    ...(Object.keys(volume).length === 0 ? {} : { VolumeOptions: volume }),
    ...(Object.keys(draft.image).length === 0 ? {} : { ImageOptions: draft.image }),
    ...(Object.keys(draft.tmpfs).length === 0 ? {} : { TmpfsOptions: draft.tmpfs }),
  };
}
