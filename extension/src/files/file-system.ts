// The file system of all engines: finds the engine of an address, asks it, and says what is wrong in the kinds that VS Code
// knows. Knows no VS Code itself. What makes and reads archives is loaded when it is needed.

import { posix } from 'node:path';
import type { EngineClient } from '../../../runtime/src/client/client.ts';
import type { ContainerPath, CopyOptions } from '../../../runtime/src/copy/transfer.ts';
import { sleep } from '../../../runtime/src/host/sleep.ts';
import { concat } from '../../../runtime/src/spec/bytes.ts';
import type { FileChange, FileStatus } from '../../../runtime/src/spec/engine/files.ts';
import { l10n } from '../l10n.ts';
import { isOurs } from '../model/is-ours.ts';
import { BorrowedContainers } from './borrowed.ts';
import { coracleAccess, type FileAccess } from './file-access.ts';
import { faultOf, FileFault } from './file-fault.ts';
import { StepImages } from './step-images.ts';
import { type FileAddress, isReadOnly } from './uri.ts';

/** VS Code holds a file whole in memory: larger ones are refused. */
export const largestFile = 50 * 1024 * 1024;

const retryMs = [1000, 2000, 5000, 10_000, 30_000];

export interface FileSystemHost {
  /** The engine of that name; with `start` started when it is ours and sleeps. @throws Error that says why there is none */
  client(engine: string, options: { readonly start: boolean }): Promise<EngineClient>;
  /** Copies a file or folder of this machine into a container; absent where there is no machine, as in a browser. */
  readonly copyIn?: (
    client: EngineClient,
    source: string,
    target: ContainerPath,
    options: CopyOptions,
  ) => Promise<unknown>;
}

export class FileSystem implements Disposable {
  readonly #host: FileSystemHost;
  readonly #borrowed = new BorrowedContainers();
  readonly #steps = new StepImages();

  constructor(host: FileSystemHost) {
    this.#host = host;
  }

  /** @throws FileFault, as every call here */
  async status(address: FileAddress): Promise<FileStatus> {
    return await this.#ask(address, (access) => access.status(address.path));
  }

  async list(address: FileAddress): Promise<readonly FileStatus[]> {
    return await this.#ask(address, (access) => access.list(address.path));
  }

  async read(address: FileAddress): Promise<Uint8Array> {
    return await this.#ask(address, async (access) => {
      const { size } = await access.status(address.path);
      if (size > largestFile) throw tooLarge(address.path);
      return await collect(await access.read(address.path), address.path);
    });
  }

  async write(
    address: FileAddress,
    content: Uint8Array,
    options: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    await this.#change(address, (access) => access.write(address.path, content, options));
  }

  async makeDirectory(address: FileAddress): Promise<void> {
    await this.#change(address, (access) => access.makeDirectory(address.path));
  }

  async rename(from: FileAddress, to: FileAddress, overwrite: boolean): Promise<void> {
    requireSamePlace(from, to);
    await this.#change(from, (access) => access.rename(from.path, to.path, overwrite));
  }

  async copy(from: FileAddress, to: FileAddress, overwrite: boolean): Promise<void> {
    requireSamePlace(from, to);
    await this.#change(from, async (access) => {
      if (access.copy !== undefined) await access.copy(from.path, to.path, overwrite);
      else await copyBySteps(access, from.path, to.path, overwrite);
    });
  }

  async remove(address: FileAddress, recursive: boolean): Promise<void> {
    await this.#change(address, (access) => access.remove(address.path, recursive));
  }

  /**
   * Copies a file or folder of this machine into a directory, whatever its size; what is there by the same name is replaced.
   * Of a volume by the archives of a container, since only those bring modes and links along.
   */
  async copyIn(source: string, directory: FileAddress, options: CopyOptions): Promise<void> {
    const { engine, noun, ref, path } = directory;
    if (noun === 'images' || noun === 'steps') throw unchangeable();
    const { copyIn } = this.#host;
    if (copyIn === undefined) throw new FileFault('NoPermissions', l10n.t('There are no files of a machine here.'));
    const client = await this.#host.client(engine, { start: true });
    if (noun === 'containers') await copyIn(client, source, { container: ref, path }, options);
    else {
      await this.#borrowed.use(client, noun, ref, ({ container, root }) =>
        copyIn(client, source, { container, path: posix.join(root, path) }, options),
      );
    }
  }

  /**
   * Tells changes until the signal; over the engine's absence too, after which everything may have changed. Ends by itself
   * when the container or volume has gone, or where nobody tells.
   */
  async watch(
    address: FileAddress,
    recursive: boolean,
    signal: AbortSignal,
    tell: (changes: readonly FileChange[]) => void,
  ): Promise<void> {
    for (let tries = 0; !signal.aborted;) {
      try {
        // Looking on is no reason to start an engine.
        const client = await this.#host.client(address.engine, { start: false });
        if (address.noun === 'steps' || !(await isOurs(client))) return;
        const changes = await client.files.watch(address.noun, address.ref, address.path, { recursive, signal });
        if (tries > 0) tell([{ type: 'unknown', path: address.path }]);
        tries = 0;
        for await (const change of changes) tell([change]);
      } catch (error) {
        if (signal.aborted || faultOf(error).kind !== 'Unavailable') return;
      }
      // Only the signal cuts it short, which the loop looks at.
      await sleep(retryMs[Math.min(tries, retryMs.length - 1)] ?? 0, { signal }).catch(() => undefined);
      tries += 1;
    }
  }

  [Symbol.dispose](): void {
    this.#steps[Symbol.dispose]();
  }

  async #change(address: FileAddress, act: (access: FileAccess) => Promise<void>): Promise<void> {
    if (isReadOnly(address)) throw unchangeable();
    await this.#ask(address, act);
  }

  async #ask<T>({ engine, noun, ref }: FileAddress, act: (access: FileAccess) => Promise<T>): Promise<T> {
    try {
      const client = await this.#host.client(engine, { start: true });
      if (noun === 'steps') {
        return await this.#steps.use(client, ref, (image) => act(coracleAccess(client, 'images', image)));
      }
      if (await isOurs(client)) return await act(coracleAccess(client, noun, ref));
      const { dockerAccess, dockerPlaceAccess } = await import('./docker-access.ts');
      if (noun === 'containers') return await act(dockerAccess(client, ref));
      return await this.#borrowed.use(client, noun, ref, (place) => act(dockerPlaceAccess(client, place)));
    } catch (error) {
      throw faultOf(error);
    }
  }
}

function unchangeable(): FileFault {
  return new FileFault('NoPermissions', l10n.t('The files of an image cannot be changed.'));
}

function requireSamePlace(from: FileAddress, to: FileAddress): void {
  if (from.engine === to.engine && from.noun === to.noun && from.ref === to.ref) return;
  throw new FileFault(
    'NoPermissions',
    l10n.t('Files cannot be moved between containers or volumes; copy them instead.'),
  );
}

function tooLarge(path: string): FileFault {
  return new FileFault(
    'Unavailable',
    l10n.t('{0} is larger than 50 MB and is not opened. Copy it to this machine instead.', path),
  );
}

async function collect(content: AsyncIterable<Uint8Array>, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > largestFile) throw tooLarge(path);
    chunks.push(chunk);
  }
  return concat(chunks);
}

/** Files and directories; links become what they lead to. */
async function copyBySteps(access: FileAccess, from: string, to: string, overwrite: boolean): Promise<void> {
  const { type, targetType } = await access.status(from);
  if ((targetType ?? type) !== 'directory') {
    const content = await collect(await access.read(from), from);
    await access.write(to, content, { create: true, overwrite });
    return;
  }
  if (`${to}/`.startsWith(`${from}/`)) throw new FileFault('NoPermissions', `${to}: lies in ${from} itself`);
  await access.makeDirectory(to);
  for (const { name, type: kind } of await access.list(from)) {
    if (kind === 'file' || kind === 'directory')
      await copyBySteps(access, `${from}/${name}`, `${to}/${name}`, overwrite);
  }
}
