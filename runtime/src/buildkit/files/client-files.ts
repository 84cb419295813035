// The folders of who builds, as the engine wants them: texts by name, and contexts that are sent by difference.

import { createHash } from 'node:crypto';
import { EngineError } from '../../spec/errors.ts';
import { type ListedEntry, listingLine } from '../../spec/context-listing.ts';
import type { Builds } from '../../spec/engine/builds.ts';
import type { TarEntry } from '../../spec/tar/header.ts';
import { writeTar } from '../../spec/tar/writer.ts';
import type { Session } from '../sessions.ts';
import { FolderTransfer, type FolderRequest, type ListedFile } from './diff-copy.ts';

/** Of a Dockerfile or an ignore file; no person writes more. */
const maximumText = 8 * 1024 * 1024;

/**
 * Texts of a folder, by their names; links to others in it are followed.
 * @returns those that are there
 * @throws EngineError invalidParameter for one that is too large
 */
export async function readTexts(
  session: Session,
  folder: string,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  using transfer = FolderTransfer.open(session, { name: folder, only: names }, signal);
  const files = new Map((await transfer.list()).map((file) => [file.entry.path, file] as const));
  const found = names.flatMap((name) => {
    const file = followed(files, name);
    return file === undefined ? [] : [{ name, file }];
  });
  const wanted = [...new Set(found.map(({ file }) => file))];
  const texts = new Map<ListedFile, string>();
  let index = 0;
  for (const { entry } of wanted) {
    if (entry.size <= maximumText) continue;
    throw new EngineError('invalidParameter', `${entry.path} is larger than ${maximumText / 1024 / 1024} MiB`);
  }
  for await (const { content } of transfer.contents(wanted)) {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of content ?? []) text += decoder.decode(chunk, { stream: true });
    const file = wanted[index++];
    if (file !== undefined) texts.set(file, text + decoder.decode());
  }
  await transfer.finish();
  return new Map(found.map(({ name, file }) => [name, texts.get(file) ?? '']));
}

/** As the kernel. */
const mostLinks = 40;

function followed(files: ReadonlyMap<string, ListedFile>, name: string): ListedFile | undefined {
  let path = name;
  for (let links = 0; links < mostLinks; links += 1) {
    const file = files.get(path);
    if (file?.entry.type === 'file') return file;
    if (file?.entry.type !== 'symlink') return undefined;
    path = joined(path.slice(0, Math.max(path.lastIndexOf('/'), 0)), file.entry.linkName);
  }
  return undefined;
}

/** Inside the folder, whatever the link says. */
function joined(folder: string, link: string): string {
  const parts: string[] = [];
  for (const part of (link.startsWith('/') ? link : `${folder}/${link}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

export interface Transferred {
  /** For a build's `offered` context. */
  readonly id: string;
  /** Bytes of contents that had to be sent. */
  readonly bytes: number;
}

/** A context, of which the engine is sent what it does not have of the last time. */
export async function transferContext(
  builds: Pick<Builds, 'offerContext' | 'supplyContext'>,
  session: Session,
  request: FolderRequest,
  signal: AbortSignal,
): Promise<Transferred> {
  const takenNs = BigInt(Date.now()) * 1_000_000n;
  using transfer = FolderTransfer.open(session, request, signal);
  const files = sorted(await transfer.list());
  const key = createHash('sha256')
    .update(JSON.stringify([session.sharedKey, request.name]))
    .digest('hex');
  const description = `${session.sharedKey.replace(/:[^:]*$/, '')} (${request.name})`;
  const { id, missing } = await builds.offerContext({ key, description, takenNs }, lines(files));
  const wanted = missing.flatMap((line) => files[line] ?? []);
  if (wanted.length > 0)
    await builds.supplyContext(id, writeTar(transfer.contents(wanted), { subSecond: true }), signal);
  await transfer.finish();
  return { id, bytes: wanted.reduce((sum, { entry }) => sum + entry.size, 0) };
}

/** Devices and sockets have no place in a context. */
function sorted(files: readonly ListedFile[]): readonly ListedFile[] {
  return files.filter(({ entry }) => entry.type !== 'character' && entry.type !== 'block');
}

const encoder = new TextEncoder();

async function* lines(files: readonly ListedFile[]): AsyncGenerator<Uint8Array, void, undefined> {
  const linked = new Set(files.flatMap(({ entry }) => (entry.type === 'hardlink' ? [entry.linkName] : [])));
  const first = new Map(files.map(({ entry }) => [entry.path, entry] as const));
  for (const { entry } of files) {
    const own = entry.type === 'hardlink' ? first.get(entry.linkName) : entry;
    if (own === undefined) throw new EngineError('invalidParameter', `${entry.path} is a link to what is not there`);
    const inode = entry.type === 'hardlink' ? entry.linkName : linked.has(entry.path) ? entry.path : '';
    yield encoder.encode(`${listingLine(listed(entry.path, own, inode))}\n`);
  }
}

/** fsutil says nothing of inodes and changes of them: size, mode and time decide, as with BuildKit. */
function listed(path: string, { type, mode, size, mtimeNs, linkName }: TarEntry, inode: string): ListedEntry {
  if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'fifo') {
    throw new EngineError('invalidParameter', `${path} is no file that a context can hold`);
  }
  return { path, type, mode, size, mtimeNs, ctimeNs: 0n, inode, links: inode === '' ? 1 : 2, linkName };
}
