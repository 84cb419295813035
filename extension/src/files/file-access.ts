// What a file system asks of an engine, and our engine's answer to it; that of other engines is in `docker-access.ts`.

import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { FilesNoun } from '../../../runtime/src/client/files.ts';
import type { FileDetails, FileStatus } from '../../../runtime/src/spec/engine/files.ts';
import { streamOf } from '../../../runtime/src/spec/bytes.ts';
import { FileFault } from './file-fault.ts';

/** The files of one container, volume or image. Paths are absolute. */
export interface FileAccess {
  /** A link has the numbers of what it leads to. */
  status(path: string): Promise<FileStatus>;
  list(path: string): Promise<readonly FileStatus[]>;
  read(path: string): Promise<AsyncIterable<Uint8Array>>;
  write(
    path: string,
    content: Uint8Array,
    options: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  rename(from: string, to: string, overwrite: boolean): Promise<void>;
  /** Absent where copying is left to who reads and writes. */
  copy?(from: string, to: string, overwrite: boolean): Promise<void>;
  remove(path: string, recursive: boolean): Promise<void>;
}

/** By Coracle's own API. */
export function coracleAccess({ files }: EngineClient, noun: FilesNoun, ref: string): FileAccess {
  return {
    status: (path) => files.status(noun, ref, path, { list: false, follow: true }),
    async list(path) {
      const { entries }: FileDetails = await files.status(noun, ref, path, { list: true });
      if (entries === undefined) throw new FileFault('FileNotADirectory', `${path}: not a directory`);
      return entries;
    },
    read: (path) => files.read(noun, ref, path),
    async write(path, content, options) {
      await files.write(noun, ref, path, streamOf(content), options);
    },
    async makeDirectory(path) {
      await files.makeDirectory(noun, ref, path);
    },
    async rename(from, to, overwrite) {
      await files.rename(noun, ref, from, to, overwrite);
    },
    async copy(from, to, overwrite) {
      await files.copy(noun, ref, from, to, overwrite);
    },
    remove: (path, recursive) => files.remove(noun, ref, path, recursive),
  };
}
