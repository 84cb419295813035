// What the engine offers about the files of containers, volumes and images, alike for each: what a file explorer and an editor
// ask. `files/` implements it over the file tree that the noun opens.

import type { Cancellable } from './containers.ts';

export type FileType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character' | 'block';

export interface FileStatus {
  /** The last part of its path; empty for the root. */
  readonly name: string;
  readonly type: FileType;
  readonly size: number;
  /** Permission bits with setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since 1970, whole. */
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** Of a symlink: its text. */
  readonly linkTarget?: string;
  /** Of a symlink: the type of what it leads to inside the root; absent when that is nothing. */
  readonly targetType?: FileType;
}

export interface FileDetails extends FileStatus {
  /** What a directory, or the directory that a symlink leads to, holds, by name. Only when asked for. */
  readonly entries?: readonly FileStatus[];
  /** There are more entries than are listed. */
  readonly isCut?: boolean;
}

export interface FileContent {
  readonly status: FileStatus;
  /** What was asked for of the file, as it was when it was opened. */
  readonly content: AsyncIterable<Uint8Array>;
}

export interface FileChange {
  /** `unknown`: changes at the path and anywhere below it may not have been told. */
  readonly type: 'created' | 'changed' | 'deleted' | 'unknown';
  /** Absolute. */
  readonly path: string;
}

/**
 * Paths are absolute and mean what they mean inside the root; every link is resolved there. Errors: notFound when something
 * does not exist, conflict when it does but must not, forbidden for what is read-only or not permitted, invalidParameter for a
 * path that is a directory where a file is wanted, or the other way round.
 */
export interface ReadableFiles {
  /** Of the path itself: links above it are followed, a last one is not. With `follow` a link has the numbers of what it
   * leads to, if anything. */
  status(
    ref: string,
    path: string,
    options: { readonly list: boolean; readonly follow: boolean },
  ): Promise<FileDetails>;
  /** A regular file, links followed. */
  read(ref: string, path: string, options: ReadFileOptions): Promise<FileContent>;
}

export interface Files extends ReadableFiles {
  /** Replaces the content of a file where it is, so that owner and mode stay, links followed; or makes it, for whom its
   * directory belongs to. Not atomic: who reads meanwhile sees half of it. */
  write(ref: string, path: string, content: AsyncIterable<Uint8Array>, options: WriteFileOptions): Promise<FileStatus>;
  /** Of mode 0755, for whom its parent belongs to, which must be there. */
  makeDirectory(ref: string, path: string): Promise<FileStatus>;
  /** Moves a file or a tree, by copying where the file system cannot. With `overwrite` what is at the new path goes. */
  rename(ref: string, from: string, to: string, options: { readonly overwrite: boolean }): Promise<FileStatus>;
  /** Copies a file or a tree with owners, modes and times. */
  copy(ref: string, from: string, to: string, options: { readonly overwrite: boolean }): Promise<FileStatus>;
  /** A link is removed itself. @throws EngineError conflict for a directory that is not empty, unless `recursive` */
  remove(ref: string, path: string, options: { readonly recursive: boolean }): Promise<void>;
  /** Changes of a file, of what lies directly in a directory, or with `recursive` of everything below it, from the moment it
   * resolves until the signal aborts, the path is removed, or the noun is. */
  watch(
    ref: string,
    path: string,
    options: { readonly recursive: boolean } & Cancellable,
  ): Promise<AsyncIterable<FileChange>>;
}

export interface ReadFileOptions extends Cancellable {
  readonly offset: number;
  /** Bytes at most; absent = to the end. */
  readonly length?: number;
}

export interface WriteFileOptions {
  /** Make it when it is not there. */
  readonly create: boolean;
  /** Accept that it is there. */
  readonly overwrite: boolean;
  /** Of a new file. */
  readonly mode: number;
}
