// Files by Docker's own API, for engines that have no better one: archives for looking, reading and writing, programs of the
// container (never a shell's text made of names) for what archives cannot say.

import { posix } from 'node:path';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import { isNotFound } from '../../../runtime/src/client/errors.ts';
import type { FilesNoun } from '../../../runtime/src/client/files.ts';
import type { Answer } from '../../../runtime/src/client/transport.ts';
import type { FileStatus, FileType } from '../../../runtime/src/spec/engine/files.ts';
import { streamOf } from '../../../runtime/src/spec/bytes.ts';
import { FrameReader, streamNumber } from '../../../runtime/src/spec/stream/multiplex.ts';
import { noXattrs, type TarEntry } from '../../../runtime/src/spec/tar/header.ts';
import { readTar } from '../../../runtime/src/spec/tar/reader.ts';
import { writeTar } from '../../../runtime/src/spec/tar/writer.ts';
import { l10n } from '../l10n.ts';
import type { FileAccess } from './file-access.ts';
import { FileFault } from './file-fault.ts';

/** Bytes of an archive that are read to list one directory of a container that does not run. */
const listLimit = 256 * 1024 * 1024;
/** Bytes that a program may answer. */
const outputLimit = 16 * 1024 * 1024;

/** One line each, by a `stat` that coreutils and busybox have; the path is an argument, not text of the script. */
const listScript =
  'cd -- "$1" && for f in * .*; do [ "$f" = . ] || [ "$f" = .. ] || stat -c "%f %s %Y %Z %u %g %n" -- "$f" 2>/dev/null; done; exit 0';

/** A place in a container where files are found. */
export interface DockerPlace {
  readonly container: string;
  /** The directory that is shown as `/`. */
  readonly root: string;
  /** Whose files they are for the user. */
  readonly noun: FilesNoun;
}

/** All files of a container. */
export function dockerAccess(client: EngineClient, id: string): FileAccess {
  return new DockerFiles(client, { container: id, root: '/', noun: 'containers' });
}

/** Those below a directory of a container. Links that lead out of it lead nowhere. */
export function dockerPlaceAccess(client: EngineClient, place: DockerPlace): FileAccess {
  const files = new DockerFiles(client, place);
  const inside = (path: string): string => (path === '/' ? place.root : posix.join(place.root, path));
  return {
    status: (path) => files.status(inside(path)),
    list: (path) => files.list(inside(path)),
    read: (path) => files.read(inside(path)),
    write: (path, content, options) => files.write(inside(path), content, options),
    makeDirectory: (path) => files.makeDirectory(inside(path)),
    rename: (from, to, overwrite) => files.rename(inside(from), inside(to), overwrite),
    remove: (path, recursive) => files.remove(inside(path), recursive),
  };
}

class DockerFiles implements FileAccess {
  readonly #client: EngineClient;
  readonly #id: string;
  readonly #place: DockerPlace;

  constructor(client: EngineClient, place: DockerPlace) {
    this.#client = client;
    this.#id = place.container;
    this.#place = place;
  }

  async status(path: string): Promise<FileStatus> {
    const own = await this.#statusOf(path);
    if (own.type !== 'symlink' || own.linkTarget === undefined) return own;
    const real = posix.resolve(posix.dirname(path), own.linkTarget);
    if (!this.#has(real)) return own;
    try {
      const target = await this.#statusOf(real);
      return { ...target, name: own.name, type: 'symlink', linkTarget: own.linkTarget, targetType: target.type };
    } catch (error) {
      if (isNotFound(error)) return own;
      throw error;
    }
  }

  async #statusOf(path: string): Promise<FileStatus> {
    const { name, size, mode, mtime, linkTarget } = await this.#client.containers.statPath(this.#id, path);
    const type = typeOfGoMode(mode);
    const mtimeMs = Date.parse(mtime);
    return {
      name,
      type,
      size,
      mode: mode & 0o777,
      uid: 0,
      gid: 0,
      mtimeMs,
      ctimeMs: mtimeMs,
      ...(type === 'symlink' ? { linkTarget } : {}),
    };
  }

  async list(path: string): Promise<readonly FileStatus[]> {
    const { type, targetType } = await this.status(path);
    if ((targetType ?? type) !== 'directory') {
      throw new FileFault('FileNotADirectory', `${path}: not a directory`);
    }
    if (!(await this.#isRunning())) return await this.#listArchive(path);
    const answer = await this.#run(['sh', '-c', listScript, 'sh', path]);
    const entries = answer.exitCode === 0 ? parseListing(answer.output) : [];
    // A container may have neither `sh` nor `stat`.
    return answer.exitCode === 0 && (entries.length > 0 || answer.output === '')
      ? entries
      : await this.#listArchive(path);
  }

  /** The first level of the archive of a directory; what lies deeper passes unread. */
  async #listArchive(path: string): Promise<readonly FileStatus[]> {
    // Engines differ in how they name what lies in `path/.`; below the directory itself they agree, but for the root.
    const place = path === '/' ? '/.' : await this.#followed(path);
    const { tar } = await this.#client.containers.getArchive(this.#id, place);
    const entries: FileStatus[] = [];
    try {
      for await (const member of readTar(limited(tar, path, this.#place.noun))) {
        const parts = member.path.split('/').filter((part) => part !== '' && part !== '.');
        const below = place === '/.' ? parts : parts.slice(1);
        const [name] = below;
        if (below.length === 1 && name !== undefined) entries.push(statusOfMember(member, name));
      }
    } finally {
      tar.destroy();
    }
    return entries;
  }

  async read(path: string): Promise<AsyncIterable<Uint8Array>> {
    const { stat, tar } = await this.#client.containers.getArchive(this.#id, await this.#followed(path));
    const type = typeOfGoMode(stat.mode);
    if (type === 'file') return contentOf(tar);
    tar.destroy();
    if (type === 'directory') throw new FileFault('FileIsADirectory', `${path}: is a directory`);
    throw new FileFault('NoPermissions', `${path}: is no regular file`);
  }

  async #followed(path: string): Promise<string> {
    const { linkTarget } = await this.#client.containers.statPath(this.#id, path);
    if (linkTarget === '') return path;
    const real = posix.resolve(posix.dirname(path), linkTarget);
    if (!this.#has(real)) throw new FileFault('NoPermissions', l10n.t('{0} leads out of the volume.', path));
    return real;
  }

  #has(path: string): boolean {
    const { root } = this.#place;
    return root === '/' || path === root || path.startsWith(`${root}/`);
  }

  async write(
    path: string,
    content: Uint8Array,
    options: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    let place = path;
    let present: TarEntry | undefined;
    try {
      place = await this.#followed(path);
      present = await this.#header(place);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    if (present?.type === 'directory') throw new FileFault('FileIsADirectory', `${path}: is a directory`);
    if (present === undefined && !options.create) throw new FileFault('FileNotFound', `${path}: no such file`);
    if (present !== undefined && !options.overwrite) throw new FileFault('FileExists', `${path}: file exists`);
    const { uid, gid } = present ?? (await this.#header(posix.dirname(place)));
    await this.#put(place, { type: 'file', mode: present?.mode ?? 0o644, uid, gid }, content);
  }

  async makeDirectory(path: string): Promise<void> {
    const { uid, gid } = await this.#header(posix.dirname(path));
    try {
      await this.#client.containers.statPath(this.#id, path);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#put(path, { type: 'directory', mode: 0o755, uid, gid });
      return;
    }
    throw new FileFault('FileExists', `${path}: file exists`);
  }

  async #put(
    path: string,
    entry: Pick<TarEntry, 'type' | 'mode' | 'uid' | 'gid'>,
    content: Uint8Array = new Uint8Array(),
  ): Promise<void> {
    const member = {
      ...entry,
      path: posix.basename(path),
      size: content.length,
      mtimeNs: BigInt(Date.now()) * 1_000_000n,
      linkName: '',
      deviceMajor: 0,
      deviceMinor: 0,
      xattrs: noXattrs,
      content: streamOf(content),
    };
    const archive = writeTar([member]);
    await this.#client.containers.putArchive(this.#id, posix.dirname(path), archive, { noOverwriteDirNonDir: true });
  }

  /** Of the path itself: owner and mode are only told by its archive. */
  async #header(path: string): Promise<TarEntry> {
    const { tar } = await this.#client.containers.getArchive(this.#id, path);
    try {
      for await (const member of readTar(tar)) return member;
    } finally {
      tar.destroy();
    }
    throw new FileFault('FileNotFound', `${path}: no such file`);
  }

  async rename(from: string, to: string, overwrite: boolean): Promise<void> {
    if (!overwrite && (await this.#exists(to))) throw new FileFault('FileExists', `${to}: file exists`);
    await this.#program(['mv', '-f', '--', from, to]);
  }

  async remove(path: string, recursive: boolean): Promise<void> {
    const { type } = await this.#statusOf(path);
    if (type !== 'directory') await this.#program(['rm', '-f', '--', path]);
    else await this.#program(recursive ? ['rm', '-rf', '--', path] : ['rmdir', '--', path]);
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await this.#client.containers.statPath(this.#id, path);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async #isRunning(): Promise<boolean> {
    const { State } = await this.#client.containers.inspect(this.#id);
    return State?.Running === true && State.Paused !== true;
  }

  /** What an archive cannot say. @throws FileFault NoPermissions when it does not run or the program fails */
  async #program(command: readonly string[]): Promise<void> {
    if (!(await this.#isRunning())) {
      throw new FileFault('NoPermissions', needsRunning(this.#place.noun));
    }
    const { exitCode, output } = await this.#run(command);
    if (exitCode !== 0) throw new FileFault('NoPermissions', output.trim() || `${command[0] ?? ''}: ${exitCode}`);
  }

  async #run(command: readonly string[]): Promise<{ readonly exitCode: number; readonly output: string }> {
    const { containers } = this.#client;
    const body = { Cmd: [...command], User: '0', AttachStdout: true, AttachStderr: true };
    const { Id } = await containers.execCreate(this.#id, body);
    const { socket } = await containers.execStart(Id, {});
    const reader = new FrameReader();
    const decoder = new TextDecoder();
    let [output, errors] = ['', ''];
    for await (const chunk of socket as AsyncIterable<Uint8Array>) {
      for (const { stream, bytes } of reader.push(chunk)) {
        if (stream === streamNumber.stdout) output += decoder.decode(bytes, { stream: true });
        else errors += new TextDecoder().decode(bytes);
      }
      if (output.length + errors.length > outputLimit) break;
    }
    const { ExitCode } = await containers.execInspect(Id);
    const exitCode = ExitCode ?? 1;
    return { exitCode, output: exitCode === 0 ? output : errors || output };
  }
}

async function* limited(tar: AsyncIterable<Uint8Array>, path: string, noun: FilesNoun): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of tar) {
    size += chunk.length;
    if (size > listLimit) throw new FileFault('Unavailable', holdsTooMuch(noun, path));
    yield chunk;
  }
}

function holdsTooMuch(noun: FilesNoun, path: string): string {
  switch (noun) {
    case 'containers':
      return l10n.t('{0} holds too much to be listed while the container does not run. Start it first.', path);
    case 'volumes':
      return l10n.t(
        '{0} holds too much to be listed while no container runs that uses the volume. Start one first.',
        path,
      );
    case 'images':
      return l10n.t('{0} holds too much to be listed. Run a container of the image and open its files instead.', path);
  }
}

function needsRunning(noun: FilesNoun): string {
  return noun === 'volumes'
    ? l10n.t(
        'This engine can move and delete files of a volume only while a container runs that uses it. Start one first.',
      )
    : l10n.t('This engine can move and delete files only in a container that runs. Start it first.');
}

async function* contentOf(tar: Answer): AsyncGenerator<Uint8Array> {
  try {
    for await (const member of readTar(tar)) {
      yield* member.content;
      return;
    }
  } finally {
    tar.destroy();
  }
}

function statusOfMember(member: TarEntry, name: string): FileStatus {
  const mtimeMs = Number(member.mtimeNs / 1_000_000n);
  const { type, size, mode, uid, gid, linkName } = member;
  const known: FileType = type === 'hardlink' ? 'file' : type;
  return {
    name,
    type: known,
    size,
    mode,
    uid,
    gid,
    mtimeMs,
    ctimeMs: mtimeMs,
    ...(known === 'symlink' ? { linkTarget: linkName } : {}),
  };
}

const unixTypes: Readonly<Record<number, FileType>> = {
  0o040000: 'directory',
  0o120000: 'symlink',
  0o010000: 'fifo',
  0o140000: 'socket',
  0o020000: 'character',
  0o060000: 'block',
};

/** Lines of `stat -c '%f %s %Y %Z %u %g %n'`; anything else is left out. */
export function parseListing(text: string): FileStatus[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([0-9a-f]{1,8}) (\d{1,15}) (-?\d{1,12}) (-?\d{1,12}) (\d{1,10}) (\d{1,10}) ([^/]+)$/.exec(line);
    if (match === null) return [];
    const [, raw = '', size, mtime, ctime, uid, gid, name = ''] = match;
    const mode = Number.parseInt(raw, 16);
    return [
      {
        name,
        type: unixTypes[mode & 0o170000] ?? 'file',
        size: Number(size),
        mode: mode & 0o7777,
        uid: Number(uid),
        gid: Number(gid),
        mtimeMs: Number(mtime) * 1000,
        ctimeMs: Number(ctime) * 1000,
      } as const,
    ];
  });
}

/** The bits of Go's os.FileMode, which lie beyond what `&` can take. */
export function typeOfGoMode(mode: number): FileType {
  const has = (bit: number): boolean => Math.floor(mode / 2 ** bit) % 2 === 1;
  if (has(31)) return 'directory';
  if (has(27)) return 'symlink';
  if (has(26)) return has(21) ? 'character' : 'block';
  if (has(25)) return 'fifo';
  return has(24) ? 'socket' : 'file';
}
