// Compiled system call filters. Compiling Docker's profile costs crun 15-25 ms at every start; given the compiled filter in
// an annotation it costs 2 ms. A filter is compiled once, in the background, by a container that never starts; until it is
// ready containers get the profile itself. Files in the exec-root keep it over restarts of the daemon.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { EngineError, messageOf } from '../../spec/errors.ts';
import type { Logger } from '../../spec/logger.ts';
import type { RuntimeSeccomp } from './oci-runtime-spec.ts';

/** Of the container that never starts. */
const id = 'seccomp';
const bundleEnd = '.bundle';

export interface SeccompCacheOptions {
  /** Path of crun. */
  readonly runtime: string;
  /** How the runtime is to be called on this host. */
  readonly groupArgs: readonly string[];
  /** Control group for the container that never starts; '' without control groups. */
  readonly cgroupsPath: string;
  readonly execRoot: string;
  /** Mount to hide from the runtime, as for containers. */
  readonly hidePath?: string | undefined;
  readonly logger: Logger;
}

export class SeccompCache {
  readonly #options: SeccompCacheOptions;
  /** Profile -> the same as JSON. */
  readonly #keys = new WeakMap<RuntimeSeccomp, string>();
  /** Profile as JSON -> compiled filter, base64. */
  readonly #filters = new Map<string, string>();
  readonly #running = new Map<string, Promise<void>>();
  /** Profiles that could not be compiled: asked once, not at every start. */
  readonly #failed = new Set<string>();
  #cleared: Promise<void> | undefined;

  constructor(options: SeccompCacheOptions) {
    this.#options = options;
  }

  /** The compiled filter, base64; undefined while it is not ready, which begins to compile it. */
  get(profile: RuntimeSeccomp): string | undefined {
    const key = this.#keys.get(profile) ?? JSON.stringify(profile);
    this.#keys.set(profile, key);
    this.#cleared ??= this.#clearLeft();
    const found = this.#filters.get(key) ?? this.#readFile(key);
    if (found === undefined && !this.#running.has(key) && !this.#failed.has(key)) {
      this.#running.set(
        key,
        this.#compile(key).finally(() => this.#running.delete(key)),
      );
    }
    return found;
  }

  /** Waits for what is being compiled. */
  async settled(): Promise<void> {
    await Promise.all([this.#cleared, ...this.#running.values()]);
  }

  #file(key: string): string {
    // Loaded when first wanted: it costs each start 10 ms.
    const { createHash } = process.getBuiltinModule('node:crypto');
    return `${this.#options.execRoot}/seccomp/${createHash('sha256').update(key).digest('hex')}`;
  }

  #readFile(key: string): string | undefined {
    const file = this.#file(key);
    if (!existsSync(file)) return undefined;
    const filter = readFileSync(file).toString('base64');
    this.#filters.set(key, filter);
    return filter;
  }

  async #compile(key: string): Promise<void> {
    const { cgroupsPath, execRoot, logger } = this.#options;
    const file = this.#file(key);
    const bundle = `${file}${bundleEnd}`;
    try {
      await this.#cleared;
      if (isLeft(bundle)) throw new EngineError('conflict', 'what an earlier engine left of it is in the way');
      mkdirSync(`${bundle}/rootfs/dev`, { recursive: true, mode: 0o700 });
      writeFileSync(`${bundle}/rootfs/never`, '', { mode: 0o755 });
      writeFileSync(`${bundle}/config.json`, JSON.stringify(compileSpec(key, cgroupsPath)));
      await this.#crun(bundle, ['create', '--bundle', bundle, id]);
      const filter = readFileSync(`${bundle}/state/${id}/seccomp.bpf`);
      mkdirSync(`${execRoot}/seccomp`, { recursive: true });
      writeFileSync(`${file}.new`, filter, { mode: 0o600 });
      renameSync(`${file}.new`, file);
      this.#filters.set(key, filter.toString('base64'));
    } catch (error) {
      this.#failed.add(key);
      logger.warn('seccomp profile not compiled ahead, starts take longer', { error: messageOf(error) });
    } finally {
      await this.#clear(bundle, 'what was made to compile a seccomp profile stays until the next start');
    }
  }

  /** What an engine that was killed while it compiled has left: a process that waits for ever, and its control group. */
  async #clearLeft(): Promise<void> {
    const folder = `${this.#options.execRoot}/seccomp`;
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (!name.endsWith(bundleEnd)) continue;
      await this.#clear(`${folder}/${name}`, 'what an earlier engine left of a seccomp profile stays');
    }
  }

  /** The folder goes last, and stays where the container does: without it no later engine would find that. */
  async #clear(bundle: string, failure: string): Promise<void> {
    try {
      if (isLeft(bundle)) await this.#crun(bundle, ['delete', '--force', id]);
      rmSync(bundle, { recursive: true, force: true });
    } catch (error) {
      this.#options.logger.warn(failure, { bundle, error: messageOf(error) });
    }
  }

  async #crun(bundle: string, args: readonly string[]): Promise<void> {
    const { runtime, groupArgs, hidePath } = this.#options;
    const log = `${bundle}/log`;
    const command = [runtime, ...groupArgs, '--log', log, '--root', `${bundle}/state`, ...args];
    const script = 'umount "$1"; shift; exec "$@"';
    const hiding = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'];
    const [program = '', ...rest] = hidePath === undefined ? command : [...hiding, hidePath, ...command];
    // No pipes: the container would hold them open.
    const child = spawn(program, rest, { stdio: 'ignore' });
    const [status] = (await once(child, 'exit')) as [number | null];
    if (status === 0) return;
    throw new EngineError('system', existsSync(log) ? readFileSync(log, 'utf8').trim() : `exit status ${status}`);
  }
}

/** Whether the runtime has a container there. */
function isLeft(bundle: string): boolean {
  return existsSync(`${bundle}/state/${id}`);
}

/** The smallest container that makes crun compile the profile. */
function compileSpec(profile: string, cgroupsPath: string): unknown {
  return {
    ociVersion: '1.0.2',
    process: { args: ['/never'], cwd: '/', user: { uid: 0, gid: 0 }, env: ['PATH=/'] },
    root: { path: 'rootfs' },
    mounts: [],
    linux: {
      ...(cgroupsPath === '' ? {} : { cgroupsPath }),
      namespaces: [{ type: 'mount' }, { type: 'pid' }, { type: 'network' }],
      seccomp: JSON.parse(profile) as unknown,
    },
  };
}
