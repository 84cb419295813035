// The folders of who builds, as the engine wants them: texts by name, and contexts that are sent by difference.

import { createHash } from 'node:crypto';
import { EngineError } from '../../spec/errors.ts';
import type { Builds } from '../../spec/engine/builds.ts';
import { noXattrs } from '../../spec/tar/header.ts';
import { type WritableMember, writeTar } from '../../spec/tar/writer.ts';
import type { Session } from '../sessions.ts';
import { ClientListing } from './client-listing.ts';
import { type FileContent, FolderTransfer, type FolderRequest, type ListedFile } from './diff-copy.ts';

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
  const files = new Map<string, ListedFile>();
  for await (const file of transfer.list()) files.set(file.entry.path, file);
  const found = new Map(names.flatMap((name) => followed(files, name).map((file) => [name, file] as const)));
  const wanted = [...new Set(found.values())].map(({ place, entry: { path, size } }) => ({ place, path, size }));
  const large = wanted.find(({ size }) => size > maximumText);
  if (large !== undefined) {
    throw new EngineError('invalidParameter', `${large.path} is larger than ${maximumText / 1024 / 1024} MiB`);
  }
  const texts = new Map<string, string>();
  for await (const { file, content } of transfer.contents(wanted)) {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of content) text += decoder.decode(chunk, { stream: true });
    texts.set(file.path, text + decoder.decode());
  }
  await transfer.finish();
  return new Map([...found].map(([name, { entry }]) => [name, texts.get(entry.path) ?? '']));
}

/** As the kernel. */
const mostLinks = 40;

/** @returns the file that a name leads to, or none */
function followed(files: ReadonlyMap<string, ListedFile>, name: string): readonly ListedFile[] {
  let path = name;
  for (let links = 0; links < mostLinks; links += 1) {
    const file = files.get(path);
    if (file?.entry.type === 'file') return [file];
    if (file?.entry.type !== 'symlink') return [];
    path = joined(path.slice(0, Math.max(path.lastIndexOf('/'), 0)), file.entry.linkName);
  }
  return [];
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
  const listing = new ClientListing(transfer.list());
  const key = createHash('sha256')
    .update(JSON.stringify([session.sharedKey, request.name]))
    .digest('hex');
  const description = `${session.sharedKey.replace(/:[^:]*$/, '')} (${request.name})`;
  const { id, missing } = await builds.offerContext({ key, description, takenNs }, listing.lines());
  const wanted = listing.files(missing);
  if (wanted.length > 0) await builds.supplyContext(id, writeTar(members(transfer.contents(wanted))), signal);
  await transfer.finish();
  return { id, bytes: wanted.reduce((sum, { size }) => sum + size, 0) };
}

/** Only paths, sizes and contents are looked at: the listing has said all else. */
async function* members(contents: AsyncIterable<FileContent>): AsyncGenerator<WritableMember, void, undefined> {
  const numbers = { mode: 0o600, uid: 0, gid: 0, mtimeNs: 0n, deviceMajor: 0, deviceMinor: 0 };
  const rest = { ...numbers, type: 'file' as const, linkName: '', xattrs: noXattrs };
  for await (const { file, content } of contents) yield { ...rest, path: file.path, size: file.size, content };
}
