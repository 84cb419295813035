// The door to disk, clock, randomness and codecs, as interfaces: `host/node` implements them with Node, a browser can
// with memory. Rooms above take a `Host` and import nothing of `node:*`. Kernel work is in `kernel.ts`.

/** Bytes in order, read at the consumer's pace; leaving the loop early releases what is behind it. */
export type Bytes = AsyncIterable<Uint8Array>;

export interface Host {
  readonly files: Files;
  readonly clock: Clock;
  readonly codec: Codec;
  readonly http: HttpTransport;
  readonly git: GitTransport;
  random(size: number): Uint8Array;
  /** The name of this machine. */
  hostname(): string;
  /** What this machine runs, for people, where no /etc/os-release says it. */
  system(): { readonly name: string; readonly release: string };
  /** Another one after every start of the machine: what was written in an earlier one and not synced may be lost. */
  bootId(): Promise<string>;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Nanoseconds since the epoch, as exact as the host can. */
  nowNs(): bigint;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. Does not keep the process alive when `ref` is false. */
  sleep(ms: number, options?: { readonly signal?: AbortSignal; readonly ref?: boolean }): Promise<void>;
}

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid: number;
  readonly gid: number;
  readonly ino: number;
  /** When it was made, where the disk knows: what tells it from one that had its inode before. */
  readonly birthMs?: number | undefined;
}

/** Paths are absolute and POSIX. A missing file is an EngineError notFound wherever the signature has no `undefined`;
 * a full disk is an EngineError system `no space left on device`. */
export interface Files {
  read(path: string): Promise<Uint8Array>;
  /** For documents: it is read in one go, and meanwhile nothing else goes on. */
  readText(path: string): Promise<string>;
  /** undefined when the path does not exist. Follows no last symlink. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Names only, sorted; empty when the directory does not exist. */
  list(path: string): Promise<readonly string[]>;
  makeDirectory(path: string, options?: { readonly mode?: number; readonly recursive?: boolean }): Promise<void>;
  /** Removes a file or a whole tree; nothing happens when it does not exist. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  /** The canonical path, every link resolved. */
  realPath(path: string): Promise<string>;
  /**
   * Writes a document so that after a crash either the old or the whole new one is there: temporary file beside it,
   * (fsync unless `durable` is false), rename, (fsync of the directory). With `isNew` nothing is there, and who finds an empty one or less knows
   * that the writer had not been told of success: data and name go to the disk side by side.
   */
  writeAtomic(
    path: string,
    data: string | Uint8Array,
    options?: { readonly mode?: number; readonly durable?: boolean; readonly isNew?: boolean },
  ): Promise<void>;
  /** Adds to a small file that is there. What a crash cuts short may be there by half. */
  append(path: string, data: string): Promise<void>;
  /** Writes a small file in one go, made or replaced where it is: for what is made anew when a crash cut it short. */
  write(path: string, data: string, options?: { readonly mode?: number }): Promise<void>;
  /** Reads a range; `end` is exclusive. */
  stream(path: string, range?: { readonly start?: number; readonly end?: number }): Bytes;
  /** Opens for writing, created or truncated; the caller closes. */
  create(path: string, options?: { readonly mode?: number; readonly append?: boolean }): Promise<WritableFile>;
  /** Free and total bytes of the file system that holds `path`. */
  space(path: string): Promise<{ readonly free: number; readonly total: number }>;
  /** Sum of the sizes of the files below `path`, hard links counted once. */
  treeSize(path: string): Promise<number>;
  /** Calls back after anything in the directory or file changed; stops on dispose. */
  watch(path: string, changed: () => void): Disposable;
}

export interface WritableFile extends AsyncDisposable {
  write(chunk: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface Hasher {
  update(chunk: Uint8Array): void;
  /** Lower-case hexadecimal. The hasher is spent afterwards. */
  hex(): string;
}

export type Compression = 'none' | 'gzip' | 'zstd';

export interface Codec {
  hasher(algorithm: 'sha256' | 'sha512'): Hasher;
  compress(kind: Compression, input: Bytes): Bytes;
  /** By what `compress` works: as long as this is the same, so is what it makes of the same bytes. undefined where nobody knows. */
  readonly packing: string | undefined;
  /** @throws EngineError invalidParameter when the input is damaged or ends early. */
  decompress(kind: Compression, input: Bytes): Bytes;
  /** Decompresses by a program of this machine. @throws EngineError invalidParameter for damage, notImplemented where it is not installed */
  runProgram(program: 'bzip2' | 'xz', input: Bytes): Bytes;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Bytes;
  readonly signal?: AbortSignal;
  /** Skip certificate checks, for registries named insecure. */
  readonly insecureTls?: boolean;
  /** The same object for the same contents, so that connections are used again. */
  readonly tls?: TlsMaterial;
}

/** Certificates for TLS with one server, in PEM. */
export interface TlsMaterial {
  /** Who may have signed the server's, beside those trusted anyway. */
  readonly authorities: readonly string[];
  /** What is shown to a server that asks who we are. */
  readonly clients: readonly { readonly certificate: string; readonly key: string }[];
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be read to the end or left early (which closes the connection). */
  readonly body: Bytes;
}

/** One request, one response; redirects are never followed here, so that the caller decides what goes to another host.
 * Connection faults are EngineErrors of kind unavailable. */
export interface HttpTransport {
  request(request: HttpRequest): Promise<HttpResponse>;
}

export interface GitRequest {
  /** `https://…`, `http://…`, `git://…`, and with an agent `ssh://…` or `user@host:path`. */
  readonly address: string;
  /** Branch, tag, full name or commit; empty: what the repository shows first. */
  readonly ref: string;
  /** An empty directory for what is fetched; the caller removes it when the tars were read. */
  readonly folder: string;
  /** Socket of an SSH agent that has the keys; there are no others. */
  readonly sshAgent?: string | undefined;
  readonly signal: AbortSignal;
}

export interface GitTree {
  /** Id of the commit. */
  readonly commit: string;
  /** Its files, with the time of the commit; of a submodule an empty directory. */
  readonly tar: Bytes;
  /** Repositories that belong into it, as the commit names them. */
  readonly submodules: readonly GitSubmodule[];
  /** A tar of what is in the `.git` of a work tree of the commit. To be read after `tar`. */
  gitFolder(): Bytes;
}

export interface GitSubmodule {
  readonly path: string;
  /** As it is written: it may be relative to the address of the repository. */
  readonly address: string;
  readonly commit: string;
}

/** Fetches a commit without its history. Nothing that a repository or this machine's configuration of git says is run. */
export interface GitTransport {
  /** @throws EngineError invalidParameter for an address or a ref that is not right, notImplemented where there is no git, system in git's words */
  fetch(request: GitRequest): Promise<GitTree>;
}
