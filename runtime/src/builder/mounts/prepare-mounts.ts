// The mounts of one RUN step: folders and files on the host that its container binds. What was made for it goes with the disposal.

import type { Host } from '../../host/host.ts';
import type { Kernel } from '../../host/kernel.ts';
import type { Mount } from '../../spec/api/containers.ts';
import { EngineError } from '../../spec/errors.ts';
import { randomId } from '../../spec/ids.ts';
import type { ClientNeeds } from '../client-needs.ts';
import type { Origin, RunMount, RunOperation } from '../contract.ts';
import type { Origins, ResultOf } from '../origins.ts';
import { copyTree } from './copy-tree.ts';
import type { CacheMounts } from './cache-mounts.ts';

export interface MountDeps {
  readonly host: Pick<Host, 'files' | 'random'>;
  readonly kernel: Pick<Kernel, 'openTree' | 'removeTree'>;
  readonly origins: Origins;
  readonly caches: CacheMounts;
  readonly needs: Pick<ClientNeeds, 'secret' | 'sshAgent'>;
  /** A folder in memory, for secrets; one on the disk, for scripts. */
  readonly secretFolder: string;
  readonly scriptFolder: string;
}

export interface PreparedMounts extends AsyncDisposable {
  readonly mounts: readonly Mount[];
  /** `NAME=value` for the process alone. */
  readonly env: readonly string[];
}

/** @throws EngineError notFound for a source, a secret or an agent that is missing, naming it */
export async function prepareMounts(
  deps: MountDeps,
  operation: RunOperation,
  { signal, resultOf }: { readonly signal: AbortSignal; readonly resultOf: ResultOf },
): Promise<PreparedMounts> {
  await using undo = new AsyncDisposableStack();
  const preparing = new Preparing(deps, undo, signal, resultOf);
  for (const mount of operation.mounts) await preparing.add(mount);
  if (operation.script !== undefined) await preparing.addScript(operation.argv[0] ?? '', operation.script);
  const held = undo.move();
  const { mounts, env } = preparing;
  return { mounts, env, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

class Preparing {
  readonly mounts: Mount[] = [];
  readonly env: string[] = [];
  readonly #deps: MountDeps;
  readonly #undo: AsyncDisposableStack;
  readonly #signal: AbortSignal;
  readonly #resultOf: ResultOf;

  constructor(deps: MountDeps, undo: AsyncDisposableStack, signal: AbortSignal, resultOf: ResultOf) {
    this.#deps = deps;
    this.#undo = undo;
    this.#signal = signal;
    this.#resultOf = resultOf;
  }

  async add(mount: RunMount): Promise<void> {
    switch (mount.type) {
      case 'bind':
        return await this.#bindOrigin(mount);
      case 'cache':
        return await this.#cache(mount);
      case 'tmpfs':
        this.mounts.push({
          Type: 'tmpfs',
          Target: mount.target,
          TmpfsOptions: { Options: [['exec']], ...(mount.size === undefined ? {} : { SizeBytes: mount.size }) },
        });
        return;
      case 'secret':
        return await this.#secret(mount);
      case 'ssh':
        return await this.#agent(mount);
    }
  }

  async addScript(target: string, text: string): Promise<void> {
    const path = await this.#file(this.#deps.scriptFolder, new TextEncoder().encode(text), {
      mode: 0o755,
      uid: 0,
      gid: 0,
    });
    this.#bind(path, target, true);
  }

  async #bindOrigin({ from, source, target, writable }: Extract<RunMount, { readonly type: 'bind' }>): Promise<void> {
    const place = await this.#deps.origins.place(from, source, writable, this.#resultOf);
    this.#undo.use(place);
    this.#bind(place.path, target, !writable);
  }

  async #cache(mount: Extract<RunMount, { readonly type: 'cache' }>): Promise<void> {
    const { caches, origins } = this.#deps;
    const { from, source } = mount;
    const origin = from === undefined ? '' : (origins.snapshot(from, this.#resultOf)?.key ?? 'context');
    const fill = async (path: string): Promise<void> => {
      if (from !== undefined) await this.#fill(path, from, source);
    };
    const held = this.#undo.use(await caches.hold(mount, origin, fill, this.#signal));
    this.#bind(held.path, mount.target, mount.readOnly);
  }

  async #fill(path: string, from: Origin, source: string): Promise<void> {
    await using place = await this.#deps.origins.place(from, source, false, this.#resultOf);
    await copyTree(this.#deps.kernel, place.path, path);
  }

  async #secret(mount: Extract<RunMount, { readonly type: 'secret' }>): Promise<void> {
    const { needs, secretFolder } = this.#deps;
    const content = await needs.secret(mount.id);
    if (content === undefined) {
      if (mount.required) throw new EngineError('notFound', `secret ${mount.id}: not found`);
      return;
    }
    if (mount.env !== undefined) this.env.push(`${mount.env}=${textOf(mount.id, content)}`);
    if (mount.target === undefined) return;
    this.#bind(await this.#file(secretFolder, content, mount), mount.target, true);
  }

  async #agent(mount: Extract<RunMount, { readonly type: 'ssh' }>): Promise<void> {
    const { id, target, required } = mount;
    const socket = await this.#deps.needs.sshAgent(id, mount);
    if (socket === undefined) {
      if (required) throw new EngineError('notFound', `SSH agent ${id}: not found`);
      return;
    }
    this.#bind(socket, target, false);
    this.env.push(`SSH_AUTH_SOCK=${target}`);
  }

  /** A file of its own, gone with the step. */
  async #file(
    folder: string,
    content: Uint8Array,
    { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
  ): Promise<string> {
    const { files, random } = this.#deps.host;
    const path = `${folder}/${randomId((size) => random(size)).slice(0, 32)}`;
    this.#undo.defer(() => files.remove(path));
    {
      await using file = await files.create(path, { mode: 0o600 });
      await file.write(content);
    }
    await files.chown(path, uid, gid);
    await files.chmod(path, mode);
    return path;
  }

  #bind(source: string, target: string, isReadOnly: boolean): void {
    this.mounts.push({ Type: 'bind', Source: source, Target: target, ReadOnly: isReadOnly });
  }
}

function textOf(id: string, content: Uint8Array): string {
  const text = new TextDecoder().decode(content);
  if (text.includes('\0')) throw new EngineError('invalidParameter', `secret ${id}: no variable can hold a NUL`);
  return text;
}
