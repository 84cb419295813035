// The file tree of an image out of an archive as `docker save` writes it: its layers one over the other, whiteouts applied, each
// path with all that a builder decides of it.
// https://github.com/opencontainers/image-spec/blob/main/layer.md

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PassThrough, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { runOk } from '../helpers/run.ts';

/** What is at a path, each part as text; `mtime` in seconds. */
export interface Node {
  readonly type: string;
  readonly mode: string;
  readonly owner: string;
  readonly mtime: number;
  /** Of a file its size and digest, of a link its target, of a device its numbers. */
  readonly content: string;
  readonly xattrs: string;
}

export interface Image {
  /** The `config` of the image's configuration. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly author: string;
  readonly layers: number;
  /** How many instructions of the history made a layer. */
  readonly historyOfLayers: number;
  /** Path without a leading slash -> node. Names of one file have the same object. */
  readonly tree: ReadonlyMap<string, Node>;
}

interface Configuration {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly author?: string;
  readonly history?: readonly { readonly empty_layer?: boolean }[];
}

/** @param archive one image, as `docker save` and `buildah push docker-archive:` write it @param folder a fresh one for its parts */
export async function readImage(archive: string, folder: string): Promise<Image> {
  await runOk('tar', ['-xf', archive, '-C', folder]);
  const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'));
  const [manifest] = (await read('manifest.json')) as { readonly Config: string; readonly Layers: readonly string[] }[];
  if (manifest === undefined) throw new Error(`${archive} holds no image`);
  const configuration = (await read(manifest.Config)) as Configuration;
  const tree = new Map<string, Node>();
  for (const layer of manifest.Layers) await apply(tree, join(folder, layer));
  return {
    config: configuration.config ?? {},
    author: configuration.author ?? '',
    layers: manifest.Layers.length,
    historyOfLayers: (configuration.history ?? []).filter((entry) => entry.empty_layer !== true).length,
    tree,
  };
}

async function apply(tree: Map<string, Node>, layer: string): Promise<void> {
  const members = extract();
  const reading = pipeline(await uncompressed(layer), members);
  const lower = new Set(tree.keys());
  for await (const member of members) {
    const path = member.header.name.replace(/^\.?\//, '').replace(/\/$/, '');
    const hash = createHash('sha256');
    for await (const chunk of member as AsyncIterable<Buffer>) hash.update(chunk);
    const slash = path.lastIndexOf('/') + 1;
    const [folder, name] = [path.slice(0, slash), path.slice(slash)];
    if (name === '.wh..wh..opq') {
      for (const below of lower) if (below.startsWith(folder)) tree.delete(below);
    } else if (name.startsWith('.wh.')) {
      const gone = folder + name.slice(4);
      for (const other of lower) if (other === gone || other.startsWith(`${gone}/`)) tree.delete(other);
    } else if (path !== '' && path !== '.') put(tree, path, member.header, hash.digest('hex'));
  }
  await reading;
}

function put(tree: Map<string, Node>, path: string, header: Header, digest: string): void {
  if (header.type !== 'directory') {
    for (const below of tree.keys()) if (below.startsWith(`${path}/`)) tree.delete(below);
  }
  if (header.type === 'link') {
    const target = tree.get((header.linkname ?? '').replace(/^\.?\//, ''));
    if (target === undefined) throw new Error(`${path} is a hard link to ${header.linkname}, which is not there`);
    tree.set(path, target);
  } else tree.set(path, nodeOf(header, digest));
}

function nodeOf(header: Header, digest: string): Node {
  const { type, mode, uid, gid, size } = header;
  const contents: Readonly<Record<string, string>> = {
    file: `${size} bytes ${digest.slice(0, 12)}`,
    symlink: header.linkname ?? '',
  };
  const isDevice = type.endsWith('-device');
  const attribute = /^SCHILY\.xattr\.(.*)$/;
  const xattrs = Object.entries((header.pax ?? {}) as Readonly<Record<string, string>>).flatMap(([key, value]) => {
    const name = attribute.exec(key)?.[1];
    return name === undefined ? [] : [`${name}=${Buffer.from(value).toString('hex')}`];
  });
  return {
    type,
    // The mode of a link means nothing.
    mode: type === 'symlink' ? '' : (mode & 0o7777).toString(8),
    owner: `${uid}:${gid}`,
    mtime: Math.floor((header.mtime?.getTime() ?? 0) / 1000),
    content: isDevice ? `${header.devmajor}:${header.devminor}` : (contents[type] ?? ''),
    xattrs: xattrs.toSorted().join(' '),
  };
}

async function uncompressed(path: string): Promise<Readable> {
  const magic = Buffer.alloc(2);
  await using file = await open(path);
  await file.read(magic, 0, 2, 0);
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  return createReadStream(path).pipe(isGzip ? createGunzip() : new PassThrough());
}
