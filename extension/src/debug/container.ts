// A container that is debugged: made for the session, with its debugger's files in it, followed from its first line on, and gone with
// the session.

import { posix } from 'node:path';
import { Readable } from 'node:stream';
import type { CreateBody } from '../../../runtime/src/client/containers.ts';
import type { EngineClient, Hijacked } from '../../../runtime/src/client/client.ts';
import { isApiError, isNotFound } from '../../../runtime/src/client/errors.ts';
import { readFrames } from '../../../runtime/src/client/hijack-streams.ts';
import { messageOf } from '../../../runtime/src/spec/errors.ts';
import { noXattrs } from '../../../runtime/src/spec/tar/header.ts';
import { writeTar, type WritableMember } from '../../../runtime/src/spec/tar/writer.ts';
import { OutputLines } from '../../../runtime/src/text/output-lines.ts';

export interface StartOptions {
  readonly body: CreateBody;
  /** Taken where it is free. */
  readonly name: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Told of each line before anything else happens to the container. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Told of the container as soon as it is made, so that somebody sees to its end. */
  readonly onCreate: (id: string) => void;
  readonly signal: AbortSignal;
}

export class DebugContainer {
  readonly id: string;
  /** The exit code, when everything that it wrote has been told; undefined where the engine went away. */
  readonly exit: Promise<number | undefined>;
  readonly #client: EngineClient;

  private constructor(client: EngineClient, id: string, exit: Promise<number | undefined>) {
    this.#client = client;
    this.id = id;
    this.exit = exit;
  }

  /** Nothing is left when it cannot be started. @throws Error in the engine's words */
  static async start(client: EngineClient, options: StartOptions): Promise<DebugContainer> {
    const { containers } = client;
    const id = await create(client, options);
    options.onCreate(id);
    try {
      options.signal.throwIfAborted();
      if (Object.keys(options.files).length > 0) {
        await containers.putArchive(id, '/', Readable.from(writeTar(membersOf(options.files))));
      }
      const [output, { exit }] = await Promise.all([
        containers.attach(id, { stdin: false, stdout: true, stderr: true }),
        containers.wait(id, 'next-exit'),
      ]);
      const told = follow(output, options.onLine);
      await containers.start(id);
      options.signal.throwIfAborted();
      const code = Promise.all([exit, told]).then(
        ([{ StatusCode }]) => StatusCode ?? undefined,
        () => undefined,
      );
      return new DebugContainer(client, id, code);
    } catch (error) {
      await removeContainer(client, id);
      throw error;
    }
  }

  /** Ends it at once, and everything that is of it. */
  async remove(): Promise<void> {
    await removeContainer(this.#client, this.id);
  }
}

/** Nothing happens where it is gone, or going, already. @throws Error in the engine's words */
export async function removeContainer(client: EngineClient, id: string): Promise<void> {
  try {
    await client.containers.remove(id, { force: true, v: true });
  } catch (error) {
    // The engine removes it by itself when it has ended.
    if (!isNotFound(error) && !(isApiError(error, 409) && /already in progress/.test(messageOf(error)))) throw error;
  }
}

async function create({ containers }: EngineClient, { body, name }: StartOptions): Promise<string> {
  try {
    return (await containers.create(body, name)).Id ?? '';
  } catch (error) {
    // Of another session of the same folder.
    if (!isApiError(error, 409)) throw error;
    return (await containers.create(body)).Id ?? '';
  }
}

async function follow({ socket }: Hijacked, onLine: StartOptions['onLine']): Promise<void> {
  socket.on('error', () => undefined);
  const lines = { stdout: new OutputLines(), stderr: new OutputLines() };
  const sink = (stream: 'stdout' | 'stderr') => (bytes: Uint8Array) => {
    for (const line of lines[stream].cut(bytes)) onLine(line, stream);
  };
  try {
    await readFrames(socket, { stdout: sink('stdout'), stderr: sink('stderr') });
  } finally {
    for (const stream of ['stdout', 'stderr'] as const) {
      for (const line of lines[stream].rest()) onLine(line, stream);
    }
    socket.destroy();
  }
}

function* membersOf(files: Readonly<Record<string, Uint8Array>>): Generator<WritableMember> {
  const folders = new Set(Object.keys(files).flatMap(foldersAbove));
  for (const path of [...folders].toSorted()) yield member(path, 'directory', 0o755, 0);
  for (const [path, content] of Object.entries(files)) {
    yield { ...member(path, 'file', 0o644, content.length), content: Readable.from([content]) };
  }
}

function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '/' ? [] : [...foldersAbove(folder), folder];
}

function member(path: string, type: 'file' | 'directory', mode: number, size: number): WritableMember {
  const owner = { uid: 0, gid: 0, deviceMajor: 0, deviceMinor: 0 };
  return { path: path.slice(1), type, mode, size, ...owner, mtimeNs: 0n, linkName: '', xattrs: noXattrs };
}
