// What stands at the end of `build`: a folder, an address, or what comes in at stdin; and contexts with a name beside it.

import { stat } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { EngineClient } from '../../client/client.ts';
import type { BuildContext, ListedFolder } from '../../client/builds.ts';
import { openContext, openNamedContext } from '../../copy/build-context.ts';
import { loadLayout, type LayoutReference, parseLayout } from './oci-layout.ts';
import type { BuildOptions } from '../../spec/api/builds.ts';

export interface AskedContext {
  readonly options: Pick<BuildOptions, 'remote' | 'dockerfile' | 'dockerfileText' | 'origin'>;
  /** What is sent; undefined where that is nothing. */
  readonly context: BuildContext | undefined;
}

const address = /^(?:https?:\/\/|git@|git:\/\/|ssh:\/\/|github\.com\/)/;

/**
 * @param file as given with `-f`; empty for the context's `Dockerfile`
 * @throws Error in words for whom typed it
 */
export async function contextOf(where: string, file: string): Promise<AskedContext> {
  if (address.test(where)) {
    return { options: { remote: where, ...(file === '' ? {} : { dockerfile: file }) }, context: undefined };
  }
  if (where === '-') return await fromStdin(file);
  if (file === '-') {
    const dockerfileText = await readAll(process.stdin);
    return { options: { dockerfileText }, context: (await openContext(where, '')).listing };
  }
  const { listing, dockerfile, text, origin } = await openContext(where, file);
  const named = dockerfile === undefined ? {} : { dockerfile };
  return { options: { ...named, dockerfileText: text, origin }, context: listing };
}

/** An archive is the context; anything else is a Dockerfile without one. */
async function fromStdin(file: string): Promise<AskedContext> {
  if (file === '-') throw new Error('stdin cannot be both the context and the Dockerfile');
  const source = process.stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < headerSize) {
    const next = await source.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = joined(head, source);
  if (isArchive(head)) return { options: file === '' ? {} : { dockerfile: file }, context: whole };
  let dockerfileText = '';
  const decoder = new TextDecoder();
  for await (const chunk of whole) dockerfileText += decoder.decode(chunk, { stream: true });
  return { options: { dockerfileText }, context: undefined };
}

async function* joined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Of a tar. */
const headerSize = 512;
/** gzip, bzip2, xz and zstd begin so. */
const compressed = ['1f8b', '425a68', 'fd377a585a00', '28b52ffd'];

function isArchive(head: Buffer): boolean {
  const start = head.subarray(0, 6).toString('hex');
  return compressed.some((magic) => start.startsWith(magic)) || head.toString('latin1', 257, 262) === 'ustar';
}

/** Words for what is not a folder and not a name of an image, which the engine understands. */
const understood = /^(?:docker-image:\/\/|https?:\/\/|git@|git:\/\/|ssh:\/\/|github\.com\/)/;

export interface NamedContexts {
  /** Name -> what the engine fetches itself. */
  readonly others: Readonly<Record<string, string>>;
  readonly folders: ReadonlyMap<string, ListedFolder>;
  readonly layouts: ReadonlyMap<string, LayoutReference>;
}

/** @param contexts name -> folder, address, or `docker-image://…` @throws Error for what is none of these */
export async function namedContexts(contexts: Readonly<Record<string, string>>): Promise<NamedContexts> {
  const others: Record<string, string> = {};
  const folders = new Map<string, ListedFolder>();
  const layouts = new Map<string, LayoutReference>();
  for (const [name, value] of Object.entries(contexts)) {
    const layout = /^oci-layout:\/\/(.+)$/.exec(value)?.[1];
    if (layout !== undefined) layouts.set(name, parseLayout(layout));
    else if (understood.test(value)) others[name] = value;
    else folders.set(name, await namedFolder(name, value));
  }
  return { others, folders, layouts };
}

async function namedFolder(name: string, value: string): Promise<ListedFolder> {
  const scheme = /^([a-z][a-z0-9+-]*):\/\//.exec(value)?.[1];
  const isFolder = scheme === undefined && (await stat(value).catch(() => undefined))?.isDirectory() === true;
  if (isFolder) return await openNamedContext(value);
  const what = scheme === undefined ? 'is no folder' : `has the unknown scheme ${scheme}`;
  const ways = 'a folder, a git or https address, docker-image://NAME or oci-layout://FOLDER';
  throw new Error(`invalid --build-context "${name}=${value}": ${value} ${what}: give ${ways}`);
}

export interface SentContexts extends AsyncDisposable {
  readonly options: Pick<BuildOptions, 'namedContexts' | 'namedFolders'>;
}

/** Brings to the engine what it cannot fetch. Disposing takes away what only this build needed. */
export async function sendNamed(
  client: EngineClient,
  named: NamedContexts,
  signal: AbortSignal,
): Promise<SentContexts> {
  await using undo = new AsyncDisposableStack();
  const namedContexts: Record<string, string> = { ...named.others };
  const namedFolders: Record<string, string> = {};
  for (const [name, folder] of named.folders) namedFolders[name] = await client.builds.offer(folder, signal);
  for (const [name, layout] of named.layouts) {
    const { id } = undo.use(await loadLayout(client, layout));
    namedContexts[name] = `docker-image://${id}`;
  }
  const held = undo.move();
  return { options: { namedContexts, namedFolders }, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
