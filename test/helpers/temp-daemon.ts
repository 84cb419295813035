// The built daemon on roots of its own, inside the network namespace of the test, as `await using daemon = await
// startDaemon()`. At the end its containers, processes, mounts and folders are gone, also when it was killed meanwhile. With
// CORACLE_TEST_USER=1 it is the daemon of an ordinary user, with CORACLE_TEST_STORAGE=NAME one with that storage driver, and with CORACLE_TEST_MODE=wasm
// one of WebAssembly alone.

import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type Mocha from 'mocha';
import { ask } from './engine-http.ts';
import { daemonBundle, nodeBinary } from './paths.ts';
import { until } from './poll.ts';
import { run } from './run.ts';
import { keepOutput } from './trace.ts';
import { requireRoot, skip } from './skip.ts';
import { isRootless, requireTestUser, testUser } from './test-user.ts';
import { isLightweight, missingWasi } from './wasi-image.ts';

export interface DaemonOptions {
  /** More flags, after ours. */
  readonly args?: readonly string[];
  /** Where the roots go; a fresh folder when absent. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of an ordinary user; default: as CORACLE_TEST_USER says. */
  readonly rootless?: boolean;
  /** Its bundle; default: the one that was built. */
  readonly bundle?: string;
}

export interface TempDaemon extends AsyncDisposable {
  readonly socket: string;
  /** `unix://…`, for DOCKER_HOST. */
  readonly host: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  /** Of the running daemon. */
  pid(): number;
  /** From the last start of the process to its first answer to a ping, in ms. */
  readonly firstPingMs: number;
  /** What it wrote, over all its starts. */
  logs(): string;
  /** Sends a signal and waits for the end. @returns exit code, -1 when a signal ended it */
  end(signal: NodeJS.Signals): Promise<number>;
  /** Starts it again on the same roots after `end`, and waits until it answers. */
  start(): Promise<void>;
}

/** Skips the test or suite when the daemon cannot run here. */
export function requireDaemon(context: Mocha.Context): void {
  requireRoot(context);
  if (isRootless()) requireTestUser(context);
  if (!existsSync(daemonBundle)) skip(context, 'the daemon is not built: npm run build');
  if (isLightweight() && missingWasi() !== undefined) skip(context, missingWasi() ?? '');
  if (!existsSync('/usr/bin/crun')) skip(context, 'needs crun');
  if (!existsSync('/bin/busybox')) skip(context, 'needs busybox-static');
  if (isHostNetwork()) skip(context, 'needs a network namespace of its own: run the tests with npm test');
}

/** A default route means that this is the host's network, which a test must not touch. */
function isHostNetwork(): boolean {
  const routes = readFileSync('/proc/self/net/route', 'utf8').split('\n').slice(1);
  return routes.some((line) => line.split('\t')[1] === '00000000');
}

export async function startDaemon(options: DaemonOptions = {}): Promise<TempDaemon> {
  const folder = options.folder ?? (await mkdtemp('/tmp/cor-'));
  const execRoot = (await isTmpfs('/run')) ? await mkdtemp('/run/cor-') : join(folder, 'run');
  const roots = { folder, dataRoot: join(folder, 'data'), execRoot, socket: join(folder, 'd.sock') };
  await mkdir(roots.dataRoot, { recursive: true });
  const rootless = options.rootless ?? isRootless();
  if (rootless) for (const path of [folder, roots.dataRoot, execRoot]) await own(path);
  const daemon = new Daemon(roots, { ...options, rootless });
  try {
    await daemon.start();
    return daemon;
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
}

/** Makes a folder the test's user's own. */
async function own(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  testUser().own(path);
}

async function isTmpfs(path: string): Promise<boolean> {
  return (await statfs(path)).type === 0x01021994;
}

interface Roots {
  readonly folder: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
}

class Daemon implements TempDaemon {
  readonly socket: string;
  readonly host: string;
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly #folder: string;
  readonly #options: DaemonOptions;
  firstPingMs = Number.NaN;
  #child: ChildProcess | undefined;
  #log = '';

  constructor(roots: Roots, options: DaemonOptions) {
    this.socket = roots.socket;
    this.host = `unix://${roots.socket}`;
    this.dataRoot = roots.dataRoot;
    this.execRoot = roots.execRoot;
    this.#folder = roots.folder;
    this.#options = options;
  }

  pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the daemon does not run');
    return this.#child.pid;
  }

  logs(): string {
    return this.#log;
  }

  async start(): Promise<void> {
    const roots = ['--data-root', this.dataRoot, '--exec-root', this.execRoot, '-H', this.host];
    const storage = process.env['CORACLE_TEST_STORAGE'];
    const driver = storage === undefined ? [] : ['--storage-driver', storage];
    const mode = isLightweight() ? ['--mode', 'wasm'] : [];
    const args = [...roots, '--pidfile', join(this.#folder, 'pid'), ...driver, ...mode, ...(this.#options.args ?? [])];
    const before = performance.now();
    const child = spawnDaemon(args, this.#options);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-200_000);
        keepOutput(`the daemon at ${this.socket}`, text);
      });
    }
    // Its last words may come behind its end; who shares its output may hold that open.
    const closed = once(child, 'close').catch(() => undefined);
    const lastWords = () => Promise.race([closed, delay(2000)]);
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
    // The end of the process ends the waiting as well.
    await until('the daemon answers', async () => isOver() || (await ask(this.socket, '/_ping')).status === 200, {
      everyMs: 5,
    }).catch((error: unknown) => {
      throw new Error(`the daemon does not answer:\n${this.#log}`, { cause: error });
    });
    this.firstPingMs = performance.now() - before;
    // It answers pings before its engine stands; this waits for that, or for the end of the process.
    const { status, body } = await ask(this.socket, '/version').catch(async (error: unknown) => {
      await lastWords();
      throw new Error(`the engine does not stand:\n${this.#log}`, { cause: error });
    });
    if (status !== 200) throw new Error(`the engine does not stand: ${body}`);
    if (isOver()) await lastWords();
    if (isOver()) throw new Error(`the daemon ended with ${child.signalCode ?? child.exitCode}:\n${this.#log}`);
  }

  async end(signal: NodeJS.Signals): Promise<number> {
    const child = this.#child;
    if (child === undefined) return 0;
    this.#child = undefined;
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    }
    return child.exitCode ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) {
      await this.#removeContainers();
      const hardly = setTimeout(() => this.#child?.kill('SIGKILL'), 60_000);
      const child = this.#child;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
      clearTimeout(hardly);
    }
    for (const path of [this.#folder, this.execRoot]) {
      killProcessesOf(path);
      await unmountBelow(path);
      // Who was killed may not have let go of it yet.
      await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  }

  async #removeContainers(): Promise<void> {
    const { body } = await ask(this.socket, '/containers/json?all=1').catch(() => ({ body: '[]' }));
    const containers = JSON.parse(body) as { readonly Id: string }[];
    // What cannot be removed by the engine is ended by its processes afterwards.
    await Promise.allSettled(
      containers.map(({ Id }) => ask(this.socket, `/containers/${Id}?force=1&v=1`, { method: 'DELETE' })),
    );
  }
}

function spawnDaemon(
  args: readonly string[],
  { env: more, rootless, bundle = daemonBundle }: DaemonOptions,
): ChildProcessByStdio<null, Readable, Readable> {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  if (rootless !== true) return spawn(nodeBinary, [bundle, ...args], { stdio, env: { ...process.env, ...more } });
  const { uid, gid, env, visible } = testUser();
  const options = { stdio, env: { ...env, ...more }, uid, gid, cwd: '/' };
  return spawn(visible(nodeBinary), [visible(bundle), ...args], options);
}

/** Ends processes that hold something of a temporary folder: shims, helpers and containers of a killed daemon. */
export function killProcessesOf(folder: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    if (holdings(pid).some((text) => text.includes(folder))) killQuietly(Number(pid));
  }
}

/** Its command line, working directory and open files; nothing when it ended meanwhile. */
function holdings(pid: string): string[] {
  const own = `/proc/${pid}`;
  try {
    const links = [`${own}/cwd`, ...readdirSync(`${own}/fd`).map((fd) => `${own}/fd/${fd}`)];
    return [readFileSync(`${own}/cmdline`, 'utf8'), ...links.map((link) => readLinkQuietly(link))];
  } catch {
    return [];
  }
}

function readLinkQuietly(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

/** Unmounts everything at or below a path, the innermost first. */
export async function unmountBelow(path: string): Promise<void> {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point === path || point.startsWith(`${path}/`));
  for (const point of points.toReversed()) await run('umount', ['-l', point]);
}
