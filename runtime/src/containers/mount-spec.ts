// What HostConfig says about mounts, parsed: `Binds` (`src:dst:opts`), `Mounts`, `Tmpfs`. Pure; whether sources exist and
// which volumes have to be made is `mount-plan.ts`.

import type { HostConfig, Mount } from '../spec/api/containers.ts';
import { EngineError } from '../spec/errors.ts';
import { isValidName } from '../spec/ids.ts';
import { invalid } from './errors.ts';

export interface MountSpec {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  /** Host path of a bind, name of a volume (empty: anonymous), empty for tmpfs. */
  readonly source: string;
  /** Clean absolute path. */
  readonly destination: string;
  readonly readOnly: boolean;
  readonly mode: string;
  readonly propagation: string;
  readonly noCopy: boolean;
  /** Bind: make the source when it is missing, as `-v` does. */
  readonly createSource: boolean;
  readonly recursive: boolean;
  /** Read-only for the mount alone, or for all mounts below it or not at all; absent: below it where that can be. */
  readonly readOnlyDepth?: 'top' | 'all';
  readonly subpath: string;
  /** tmpfs: OCI mount options. */
  readonly options: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly driver: string;
  readonly driverOptions: Readonly<Record<string, string>>;
}

const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

const plain = {
  readOnly: false,
  mode: '',
  propagation: '',
  noCopy: false,
  createSource: false,
  recursive: true,
  subpath: '',
  options: [],
  labels: {},
  driver: '',
  driverOptions: {},
} as const;

/** `name:/dst`, `/src:/dst:ro,z`, `/dst`. @throws EngineError invalidParameter in Docker's words */
export function parseBind(text: string, volumeDriver: string): MountSpec {
  const parts = text.split(':');
  const fault = (reason: string): EngineError => invalid(`invalid volume specification: '${text}'${reason}`);
  if (text === '' || parts.length > 3 || parts.some((part) => part === '')) throw fault('');
  const [source = '', target = '', mode = ''] = parts.length === 1 ? ['', ...parts] : parts;
  const isBind = source.startsWith('/');
  const destination = checkDestination(target, isBind ? 'bind' : 'volume', fault);
  const options = parseMode(mode, isBind);
  if (!isBind && source !== '' && !isValidName(source)) {
    throw invalid(
      `create ${source}: "${source}" includes invalid characters for a local volume name, only ` +
        '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
    );
  }
  return {
    ...plain,
    type: isBind ? 'bind' : 'volume',
    source: isBind ? cleanPath(source) : source,
    destination,
    ...options,
    mode,
    propagation: isBind ? options.propagation || 'rprivate' : '',
    createSource: isBind,
    driver: isBind ? '' : volumeDriver,
  };
}

function parseMode(mode: string, isBind: boolean): { readOnly: boolean; noCopy: boolean; propagation: string } {
  let readOnly = false;
  let noCopy = false;
  let propagation = '';
  const seen = new Set<string>();
  for (const word of mode === '' ? [] : mode.split(',')) {
    const kind = propagations.includes(word) ? 'propagation' : ['ro', 'rw'].includes(word) ? 'access' : word;
    if (seen.has(kind)) throw invalid(`invalid mode: ${mode}`);
    seen.add(kind);
    if (word === 'ro') readOnly = true;
    else if (word === 'nocopy' && !isBind) noCopy = true;
    else if (kind === 'propagation' && isBind) propagation = word;
    else if (!['rw', 'z', 'Z', 'consistent', 'cached', 'delegated'].includes(word)) {
      throw invalid(`invalid mode: ${mode}`);
    }
  }
  return { readOnly, noCopy, propagation };
}

/** One of HostConfig.Mounts. @throws EngineError invalidParameter in Docker's words, notImplemented for other types */
export function parseMount(mount: Mount): MountSpec {
  const type = mount.Type ?? '';
  const fault = (reason: string): EngineError => invalid(`invalid mount config for type "${type}": ${reason}`);
  if (type === 'image' || type === 'npipe' || type === 'cluster') {
    throw new EngineError('notImplemented', `mounts of type "${type}" are not supported`);
  }
  if (type !== 'bind' && type !== 'volume' && type !== 'tmpfs') {
    throw fault(type === '' ? 'mount type unknown' : 'mount type unknown');
  }
  if ((mount.Target ?? '') === '') throw fault('field Target must not be empty');
  if (mount.BindOptions && type !== 'bind') throw fault('field BindOptions must not be specified');
  if (mount.VolumeOptions && type !== 'volume') throw fault('field VolumeOptions must not be specified');
  if (mount.TmpfsOptions && type !== 'tmpfs') throw fault('field TmpfsOptions must not be specified');
  if (mount.ImageOptions) throw fault('field ImageOptions must not be specified');
  const base = {
    ...plain,
    destination: checkDestination(mount.Target ?? '', type, (reason) => fault(reason.replace(/^: /, ''))),
    readOnly: mount.ReadOnly ?? false,
  };
  if (type === 'bind') return { ...base, type, ...bindOf(mount, fault) };
  if (type === 'volume') return { ...base, type, ...volumeOf(mount, fault) };
  if ((mount.Source ?? '') !== '') throw fault('field Source must not be specified');
  return { ...base, type, source: '', options: tmpfsOptions(mount, fault) };
}

type Fault = (reason: string) => EngineError;

function bindOf(mount: Mount, fault: Fault): Partial<MountSpec> & { source: string } {
  const source = mount.Source ?? '';
  if (source === '') throw fault('field Source must not be empty');
  if (!source.startsWith('/')) throw fault(`invalid mount path: '${source}' mount path must be absolute`);
  const options = mount.BindOptions ?? {};
  const propagation = options.Propagation ?? '';
  if (propagation !== '' && !propagations.includes(propagation))
    throw fault(`invalid propagation mode: ${propagation}`);
  if (options.ReadOnlyForceRecursive === true) {
    if (mount.ReadOnly !== true) throw fault('mount must be read-only to be recursively read-only');
    if (options.NonRecursive === true || options.ReadOnlyNonRecursive === true) {
      throw fault('ReadOnlyForceRecursive conflicts with NonRecursive and ReadOnlyNonRecursive');
    }
    if (propagation !== '' && propagation !== 'rprivate') {
      throw fault(`mount propagation must be rprivate to be recursively read-only, not ${propagation}`);
    }
  }
  return {
    source: cleanPath(source),
    propagation: propagation === '' ? 'rprivate' : propagation,
    createSource: options.CreateMountpoint ?? false,
    recursive: options.NonRecursive !== true,
    ...(options.ReadOnlyNonRecursive === true ? { readOnlyDepth: 'top' } : {}),
    ...(options.ReadOnlyForceRecursive === true ? { readOnlyDepth: 'all' } : {}),
  };
}

function volumeOf(mount: Mount, fault: Fault): Partial<MountSpec> & { source: string } {
  const source = mount.Source ?? '';
  const options = mount.VolumeOptions ?? {};
  const subpath = options.Subpath ?? '';
  if (source !== '' && !isValidName(source)) {
    throw fault(
      `"${source}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`,
    );
  }
  if (subpath !== '') {
    if (source === '') throw fault('must not set Subpath when using anonymous volumes');
    if (subpath.startsWith('/') || subpath.split('/').includes('..'))
      throw fault('subpath must be a relative path within the volume');
  }
  return {
    source,
    noCopy: options.NoCopy ?? false,
    subpath,
    labels: options.Labels ?? {},
    driver: options.DriverConfig?.Name ?? '',
    driverOptions: options.DriverConfig?.Options ?? {},
  };
}

function tmpfsOptions(mount: Mount, fault: Fault): readonly string[] {
  const options = mount.TmpfsOptions ?? {};
  const words: string[] = [];
  const size = options.SizeBytes ?? 0;
  if (size < 0) throw fault('size must not be negative');
  if (size > 0) words.push(`size=${size}`);
  if ((options.Mode ?? 0) !== 0) words.push(`mode=${(options.Mode ?? 0).toString(8)}`);
  for (const option of options.Options ?? []) {
    const [key = '', value] = option;
    if (!['exec', 'suid', 'dev', 'noexec', 'nosuid', 'nodev', 'uid', 'gid', 'nr_inodes'].includes(key)) {
      throw fault(`invalid option: ${option.join('=')}`);
    }
    words.push(value === undefined || value === '' ? key : `${key}=${value}`);
  }
  return words;
}

/** HostConfig.Tmpfs: path -> comma-separated options. */
export function parseTmpfs(hostConfig: HostConfig): readonly MountSpec[] {
  return Object.entries(hostConfig.Tmpfs ?? {}).map(([path, options]) => {
    const fault: Fault = () => invalid(`invalid mount path: '${path}' mount path must be absolute`);
    const words = options === '' ? [] : options.split(',');
    for (const word of words) {
      if (!/^[a-z_]+(=[^,]*)?$/.test(word)) throw invalid(`invalid tmpfs option ["${word}"]`);
    }
    return {
      ...plain,
      type: 'tmpfs',
      source: '',
      destination: checkDestination(path, 'tmpfs', fault),
      readOnly: words.includes('ro'),
      options: words.filter((word) => word !== 'rw' && word !== 'ro'),
    };
  });
}

/** `name`, `name:ro`, `name:rw`. */
export function parseVolumesFrom(text: string): { readonly ref: string; readonly readOnly: boolean | undefined } {
  const [ref = '', mode = '', ...rest] = text.split(':');
  if (ref === '' || rest.length > 0) throw invalid(`invalid volumes-from specification: ${text}`);
  const words = mode === '' ? [] : mode.split(',');
  if (words.some((word) => !['ro', 'rw', 'z', 'Z', 'nocopy'].includes(word))) {
    throw invalid(`invalid mode for volumes-from: ${mode}`);
  }
  return { ref, readOnly: words.includes('ro') ? true : words.includes('rw') ? false : undefined };
}

/** Of Config.Volumes: the path an anonymous volume goes to. */
export function volumeSpec(path: string, driver: string): MountSpec {
  const fault: Fault = (reason) => invalid(`invalid volume specification: '${path}'${reason}`);
  return { ...plain, type: 'volume', source: '', destination: checkDestination(path, 'volume', fault), driver };
}

function checkDestination(path: string, type: string, fault: Fault): string {
  if (!path.startsWith('/'))
    throw fault(`: invalid mount config for type "${type}": invalid mount path: '${path}' mount path must be absolute`);
  if (path.includes('\0')) throw fault(': contains a NUL');
  const clean = cleanPath(path);
  if (clean === '/')
    throw fault(`: invalid mount config for type "${type}": invalid specification: destination can't be '/'`);
  return clean;
}

/** `/a//b/../c/` -> `/a/c`, by name only. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}
