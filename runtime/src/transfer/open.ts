// Opens places by what people write of them.

import { compressionOf, decompressed } from '../host/decompress.ts';
import type { Bytes, Host } from '../host/host.ts';
import { WriteBehind } from '../content/write-behind.ts';
import type { Registry } from '../registry/registry.ts';
import type { AuthConfig } from '../spec/api/images.ts';
import type { ImageGate } from '../spec/engine/trust.ts';
import { EngineError } from '../spec/errors.ts';
import { type Platform, formatPlatform } from '../spec/platform.ts';
import { type Reference, familiarReference, parseReference, withDefaultTag } from '../spec/reference.ts';
import { ArchiveTarget } from './archive-target.ts';
import { DockerArchiveSource, configOf } from './docker-archive.ts';
import { LayoutTarget, folderShelf } from './folder.ts';
import { LayoutSource, readIndex } from './layout.ts';
import { type ArchiveKind, type Location, formatLocation } from './location.ts';
import type { Source, Target, Watcher } from './parts.ts';
import { RegistrySource, RegistryTarget } from './registry-places.ts';
import { TarShelf } from './tar-shelf.ts';

/** The store of an engine, by its API: it alone knows what it may give and take while containers run. */
export interface EngineStore {
  save(name: string, platform: string | undefined, signal: AbortSignal): Promise<Bytes>;
  /** @throws Error in the engine's words */
  load(tar: Bytes, signal: AbortSignal): Promise<void>;
  /** What it runs. */
  platform(): Promise<string>;
}

export interface TransferDeps {
  readonly host: Pick<Host, 'files' | 'codec' | 'random' | 'clock'>;
  /** For images that come, and for those that go: what is allowed of one need not be of the other. */
  readonly registries: { readonly source: Registry; readonly target: Registry };
  authFor(reference: Reference): Promise<AuthConfig | undefined>;
  engine(): Promise<EngineStore>;
  /** Has to admit what is copied; everything is where there is none. */
  readonly gate?: Pick<ImageGate, 'admitRemote' | 'admitArchive'>;
  /** The standard streams; a read that waits ends with the signal. */
  readonly input: (signal: AbortSignal) => Bytes;
  readonly output: (tar: Bytes) => Promise<void>;
  /** Writes a file that appears whole or not at all. */
  writeFile(path: string, bytes: Bytes): Promise<void>;
  /** A folder for what has to be kept meanwhile; the caller removes it. */
  temporary(): Promise<string>;
  /** What programs of this machine are built for, where the target runs nothing. */
  readonly platform: Platform;
}

export async function openSource(
  deps: TransferDeps,
  location: Location,
  { platform, signal, watcher }: { platform: Platform | undefined; signal: AbortSignal; watcher: Watcher },
): Promise<Source> {
  const { files, codec } = deps.host;
  if (location.kind === 'registry') {
    const auth = await deps.authFor(location.reference);
    return new RegistrySource(location.reference, { registry: deps.registries.source, auth, signal }, watcher);
  }
  const title = formatLocation(location);
  if (location.kind === 'oci') {
    if ((await files.stat(location.path)) === undefined) throw absent(location.path);
    return await LayoutSource.open(folderShelf(deps.host, location.path), codec, title, location);
  }
  if (location.kind !== 'engine') return await openArchive(deps, location, title, signal);
  const name = familiarReference(withDefaultTag(location.reference));
  const store = await deps.engine();
  const archive = await store.save(name, platform === undefined ? undefined : formatPlatform(platform), signal);
  const shelf = await spooled(deps, archive, signal);
  return await archiveIn(deps, shelf, title, { kind: 'docker-archive', path: '' });
}

interface ArchiveLocation {
  readonly kind: ArchiveKind;
  readonly path: string;
  readonly name?: string;
}

async function openArchive(
  deps: TransferDeps,
  location: ArchiveLocation,
  title: string,
  signal: AbortSignal,
): Promise<Source> {
  const { files } = deps.host;
  const { path } = location;
  if (path === '-') return await archiveIn(deps, await spooled(deps, deps.input(signal), signal), title, location);
  const stat = await files.stat(await files.realPath(path));
  if (stat === undefined) throw absent(path);
  if (stat.kind === 'directory') {
    throw new EngineError('invalidParameter', `${path} is a folder: for an image layout in one write oci:${path}`);
  }
  const isPlain = stat.kind === 'file' && (await compressionIn(files.stream(path))) === 'none';
  // Only a plain file can be read where one wants.
  const shelf = isPlain ? await TarShelf.open(files, path) : await spooled(deps, files.stream(path), signal);
  return await archiveIn(deps, shelf, title, location);
}

async function compressionIn(bytes: Bytes) {
  for await (const chunk of bytes) return compressionOf(chunk);
  return 'none';
}

/** Puts an archive that only comes once where it can be read as one wants. */
async function spooled(deps: TransferDeps, archive: Bytes, signal: AbortSignal): Promise<TarShelf> {
  const { host } = deps;
  const path = `${await deps.temporary()}/archive.tar`;
  {
    await using file = await host.files.create(path, { mode: 0o600 });
    const writer = new WriteBehind(file);
    try {
      for await (const chunk of await decompressed(host.codec, archive)) {
        signal.throwIfAborted();
        await writer.write(chunk);
      }
      await writer.flush();
    } finally {
      await writer.settle();
    }
  }
  return await TarShelf.open(host.files, path);
}

/** An archive may be docker's, OCI's, or both at once: then the one that keeps digests counts. */
async function archiveIn(deps: TransferDeps, shelf: TarShelf, title: string, wanted: ArchiveLocation): Promise<Source> {
  const { codec } = deps.host;
  const isOci = (await shelf.size('index.json')) !== undefined && (await shelf.size('oci-layout')) !== undefined;
  const isDockers = (await shelf.size('manifest.json')) !== undefined;
  if (isOci && !(isDockers && wanted.kind === 'docker-archive')) return LayoutSource.open(shelf, codec, title, wanted);
  if (!isDockers)
    throw new EngineError(
      'invalidParameter',
      `${title} is no archive of images: it has no index.json and no manifest.json`,
    );
  if (!isOci) return DockerArchiveSource.open(shelf, codec, title, wanted.name);
  const config = await configOf(shelf, title, wanted.name);
  const { manifests } = await readIndex(shelf, title);
  for (const { digest } of config === undefined ? [] : manifests) {
    const source = await LayoutSource.open(shelf, codec, title, { digest });
    const { content } = await source.root();
    if (content.kind === 'manifest' && content.config.digest === `sha256:${config}`) return source;
  }
  return DockerArchiveSource.open(shelf, codec, title, wanted.name);
}

function absent(path: string): EngineError {
  return new EngineError('notFound', `open ${path}: no such file or directory`);
}

export async function openTarget(deps: TransferDeps, location: Location, signal: AbortSignal): Promise<Target> {
  const title = formatLocation(location);
  if (location.kind === 'registry') {
    const auth = await deps.authFor(location.reference);
    return new RegistryTarget(location.reference, { registry: deps.registries.target, auth, signal });
  }
  if (location.kind === 'engine') {
    const { reference } = location;
    if (reference.digest !== undefined)
      throw new EngineError('invalidParameter', `${title}: an image gets a tag, not a digest`);
    const store = await deps.engine();
    const write = (tar: Bytes) => store.load(tar, signal);
    const platform = () => store.platform();
    return new ArchiveTarget({ title, isDockers: true, name: undefined, reference, write, platform });
  }
  const { path, name, digest } = location;
  if (digest !== undefined) throw new EngineError('invalidParameter', `${title}: an image gets a name, not a digest`);
  if (location.kind === 'oci') return new LayoutTarget(deps.host, { path, name });
  const write = (tar: Bytes) => (path === '-' ? deps.output(tar) : deps.writeFile(path, tar));
  const isDockers = location.kind === 'docker-archive';
  const reference = isDockers && name !== undefined ? withDefaultTag(parseReference(name)) : undefined;
  return new ArchiveTarget({ title, isDockers, name: isDockers ? undefined : name, reference, write });
}
