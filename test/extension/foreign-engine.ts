// Other engines, for the extension to be used with: Debian's dockerd and the Podman service, inside the network namespace of the
// test, on roots of their own.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeGroups } from '../bench/engines.ts';
import { ask } from '../helpers/engine-http.ts';
import { until } from '../helpers/poll.ts';
import { killProcessesOf, unmountBelow } from '../helpers/temp-daemon.ts';

export interface ForeignKind {
  readonly name: string;
  /** Where packages put its program. */
  readonly programs: readonly string[];
  /** What to run in a shell, and the control group of its containers. */
  command(folder: string): Promise<{ readonly line: string; readonly group: string }>;
}

export const dockerd: ForeignKind = {
  name: 'dockerd',
  programs: ['/usr/sbin/dockerd', '/usr/bin/dockerd'],
  async command(folder) {
    const config = join(folder, 'daemon.json');
    await writeFile(config, '{}');
    const group = `coracle-test-${process.pid}`;
    const roots = `--data-root ${folder}/data --exec-root ${folder}/exec -p ${folder}/pid -H unix://${folder}/s`;
    const cgroups = `--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /${group}`;
    return { line: `exec dockerd --config-file ${config} ${roots} ${cgroups}`, group };
  },
};

export const podman: ForeignKind = {
  name: 'podman',
  programs: ['/usr/bin/podman'],
  async command(folder) {
    // Its own defaults ask for more than a container host without CAP_SYS_RESOURCE may give.
    const limits = 'default_ulimits=["nofile=1024:1024","nproc=1024:1024"]';
    const config = join(folder, 'containers.conf');
    await writeFile(config, `[containers]\n${limits}\n[network]\nnetwork_backend="netavark"\n`);
    await writeFile(join(folder, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    const policy = `mount -t tmpfs tmpfs /etc/containers; cp ${folder}/policy.json /etc/containers`;
    const roots = `--root ${folder}/data --runroot ${folder}/exec/run --tmpdir ${folder}/exec/tmp`;
    const flags = `--network-config-dir ${folder}/networks --runtime crun --cgroup-manager cgroupfs --events-backend file`;
    const service = `podman ${roots} ${flags} system service -t 0 unix://${folder}/s`;
    return { line: `${policy}; export CONTAINERS_CONF=${config}; exec ${service}`, group: 'libpod_parent' };
  },
};

export interface ForeignEngine extends AsyncDisposable {
  readonly host: string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again on the same roots, and waits until it answers. */
  start(): Promise<void>;
}

export async function startForeign(kind: ForeignKind): Promise<ForeignEngine> {
  const folder = await mkdtemp('/tmp/cor-other-');
  const engine = new Foreign(kind.name, folder, await kind.command(folder));
  try {
    await engine.start();
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

class Foreign implements ForeignEngine {
  readonly host: string;
  readonly #name: string;
  readonly #folder: string;
  readonly #command: { readonly line: string; readonly group: string };
  #child: ChildProcess | undefined;
  #log = '';

  constructor(name: string, folder: string, command: { readonly line: string; readonly group: string }) {
    this.#name = name;
    this.#folder = folder;
    this.#command = command;
    this.host = `unix://${folder}/s`;
  }

  /** In a mount namespace of its own, with a /run that outlives it and without the layout of control groups that crun refuses. */
  async start(): Promise<void> {
    const run = join(this.#folder, 'machine-run');
    const prepare = `mkdir -p ${run}/lock; mount --bind ${run} /run; umount /sys/fs/cgroup/unified 2>/dev/null`;
    const script = `${prepare}; ${this.#command.line}`;
    const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.#log = (this.#log + text).slice(-20_000)));
    }
    const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const answers = async () =>
      existsSync(join(this.#folder, 's')) && (await ask(join(this.#folder, 's'), '/_ping')).status === 200;
    await until(`${this.#name} answers`, async () => isOver() || (await answers()), {
      timeoutMs: 180_000,
      everyMs: 50,
    });
    if (isOver()) throw new Error(`${this.#name} ended:\n${this.#log}`);
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    const hardly = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await exit;
    clearTimeout(hardly);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGTERM');
    killProcessesOf(this.#folder);
    await unmountBelow(this.#folder);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    removeGroups(this.#command.group);
  }
}
