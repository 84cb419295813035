// The folder of one container, or one exec, in the exec-root: names of what lies there. Short, since a socket's path may
// have 107 bytes only. The exec-root is a tmpfs: calls there are synchronous on purpose, a thread pool costs more.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { parseShimExit, type ShimExit } from '../../host/shim.ts';
import { EngineError } from '../../spec/errors.ts';

/** Longest path of a unix socket. */
const maxSocketPath = 107;

export class RunFolder {
  readonly path: string;
  readonly rootName = 'rootfs';

  private constructor(path: string) {
    this.path = path;
  }

  static ofContainer(execRoot: string, id: string): RunFolder {
    return new RunFolder(`${execRoot}/c/${id.slice(0, 16)}`);
  }

  static ofExec(execRoot: string, execId: string): RunFolder {
    return new RunFolder(`${execRoot}/e/${execId.slice(0, 16)}`);
  }

  /** @throws EngineError invalidParameter when sockets in the exec-root would have too long a path */
  static checkLength(execRoot: string): void {
    const { socket } = RunFolder.ofContainer(execRoot, '0'.repeat(64));
    if (Buffer.byteLength(socket) <= maxSocketPath) return;
    throw new EngineError('invalidParameter', `exec-root is too long: ${socket} has more than ${maxSocketPath} bytes`);
  }

  /** Folders of a kind that are there, with the ids written into them. */
  static list(
    execRoot: string,
    kind: 'c' | 'e',
  ): readonly { readonly folder: RunFolder; readonly ids: readonly string[] }[] {
    const directory = `${execRoot}/${kind}`;
    if (!existsSync(directory)) return [];
    return readdirSync(directory).map((name) => {
      const folder = new RunFolder(`${directory}/${name}`);
      return { folder, ids: folder.#ids() };
    });
  }

  get socket(): string {
    return `${this.path}/shim.sock`;
  }
  get root(): string {
    return `${this.path}/${this.rootName}`;
  }
  get netns(): string {
    return `${this.path}/netns`;
  }
  get shm(): string {
    return `${this.path}/shm`;
  }
  get pidFile(): string {
    return `${this.path}/pid`;
  }
  get config(): string {
    return `${this.path}/config.json`;
  }
  get process(): string {
    return `${this.path}/process.json`;
  }
  get log(): string {
    return `${this.path}/runtime.log`;
  }
  get console(): string {
    return `${this.path}/console`;
  }

  hasShm(): boolean {
    return existsSync(this.shm);
  }

  exists(): boolean {
    return existsSync(this.path);
  }

  /** Makes the folder and writes whose it is: `id`, for an exec `container/exec`. Idempotent. */
  make(...ids: readonly string[]): void {
    const isNew = mkdirSync(this.path, { recursive: true, mode: 0o700 }) !== undefined;
    if (isNew || this.#ids().length === 0) symlinkSync(ids.join('/'), `${this.path}/id`);
  }

  makeDirectory(path: string): void {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  write(path: string, content: string): void {
    writeFileSync(path, content, { mode: 0o600 });
  }

  /**
   * Removes the folder. Never goes into directories: what is still mounted there must not be deleted; then whose folder it
   * is stays written there as well. Absent is no error.
   * @returns false when something is still mounted
   */
  remove(): boolean {
    if (!this.exists()) return true;
    const entries = readdirSync(this.path, { withFileTypes: true });
    const directories = entries.filter((entry) => entry.isDirectory());
    const free = directories.map((entry) => removeEmpty(`${this.path}/${entry.name}`)).every(Boolean);
    for (const entry of entries) {
      if (entry.isDirectory() || (!free && entry.name === 'id')) continue;
      removeFile(`${this.path}/${entry.name}`);
    }
    return free && removeEmpty(this.path);
  }

  /** The exit that the shim left. */
  readExit(): ShimExit | undefined {
    const text = this.#read('exit');
    return text === undefined ? undefined : parseShimExit(text);
  }

  /** Host's pid of the first process, once the runtime has started it. */
  readPid(): number | undefined {
    return positive(this.#read('pid'));
  }

  readShimPid(): number | undefined {
    return positive(this.#read('shim.pid'));
  }

  readLog(): string {
    return this.#read('runtime.log') ?? '';
  }

  #read(name: string): string | undefined {
    const path = `${this.path}/${name}`;
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  #ids(): readonly string[] {
    try {
      return readlinkSync(`${this.path}/id`).split('/');
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'EINVAL' || code === 'ENOTDIR') return [];
      throw error;
    }
  }
}

/** Without the looks around that `rmSync` takes. */
function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function removeEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY' || code === 'ENOTEMPTY') return false;
    throw error;
  }
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text?.trim());
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
